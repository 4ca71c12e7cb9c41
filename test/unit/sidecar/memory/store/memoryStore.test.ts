/** What is saved comes back, for its key alone; readable by its owner alone; and goes when it is told to. */
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Cancelled } from '../../../../../src/sidecar/errors';
import { content, engineState, isWhole, isWholeState, key } from './checkedStates';
import { openStore, positionsOf, saveState, temporaryFolder, tree } from './fixtures';

describe('what is saved', () => {
  it('comes back in another process, for its own key alone', async () => {
    const { store, folder } = await openStore();
    const id = await saveState(store, [5000, 9000]);
    const { store: again, said } = await openStore({ folder });
    expect((await again.saved(key)).map((state) => state.id)).toEqual([id]);
    expect(await again.saved({ ...key, folders: key.folders.toReversed() })).toHaveLength(1);
    expect(await again.saved({ ...key, model: 'model-b' })).toEqual([]);
    expect(await again.saved({ ...key, engine: 'bonsai 2' })).toEqual([]);
    expect(await again.saved({ ...key, folders: ['/work/a'] })).toEqual([]);
    expect(await again.begin({ ...key, model: 'model-b' }, id)).toMatchObject({
      reason: expect.stringContaining('another model') as string,
    });
    expect(said).toEqual([]);
  });

  it('is one state for every branch, the last used first', async () => {
    const { store } = await openStore();
    const ids = [await saveState(store, [5000]), await saveState(store, [6000]), await saveState(store, [7000])];
    expect((await store.saved(key)).map(({ id }) => id)).toEqual(ids.toReversed());
    await (await store.saved(key)).find(({ id }) => id === ids[0])!.touch();
    expect((await store.saved(key)).map(({ id }) => id)).toEqual([ids[0], ids[2], ids[1]]);
  });

  it('is listed for people', async () => {
    const { store, folder } = await openStore();
    const id = await saveState(store, [5000, 9000], 2000);
    const bytes = 2 * 2000 + statSync(join(folder, 'states', id, 'manifest.json')).size;
    const { usedAt, ...row } = (await store.list())[0]!;
    expect(row).toEqual({ id, name: 'repository', folders: key.folders, model: 'Model A', tokens: 9000, bytes });
    expect(Math.abs(usedAt - Date.now())).toBeLessThan(60_000);
  });

  it('is not loaded from a file that has changed since', async () => {
    const { store, folder } = await openStore();
    const id = await saveState(store, [5000]);
    const [state] = await store.saved(key);
    const checkpoint = state!.manifest.checkpoints[0]!;
    truncateSync(join(folder, 'states', id, checkpoint.file), 10);
    const load = vi.fn(isWholeState);
    expect(await state!.read(checkpoint, load)).toBeUndefined();
    expect(load).not.toHaveBeenCalled();
  });

  it('reads as gone when it was deleted meanwhile, and fails as its reader fails otherwise', async () => {
    const { store } = await openStore();
    await saveState(store, [5000]);
    const [state] = await store.saved(key);
    const checkpoint = state!.manifest.checkpoints[0]!;
    expect(await state!.read(checkpoint, isWholeState)).toBe(true);
    await expect(state!.read(checkpoint, () => Promise.reject(new Error('another engine')))).rejects.toThrow('another engine');
    const gone = await state!.read(checkpoint, async (path) => {
      await store.delete();
      return isWholeState(path);
    });
    expect(gone).toBeUndefined();
    expect(await state!.read(checkpoint, isWholeState)).toBeUndefined();
    await state!.touch();
  });
});

describe('a writer', () => {
  it('changes nothing until it saves, and leaves nothing behind when it does not', async () => {
    const { store, folder } = await openStore();
    const id = await saveState(store, [5000, 9000]);
    const before = tree(folder);
    const { writer } = await store.begin(key, id);
    writer!.drop(...writer!.checkpoints.slice(1));
    await writer!.checkpoint(7000, engineState(500), []);
    expect(positionsOf((await store.saved(key))[0])).toEqual([5000, 9000]);
    await writer!.close();
    const { writer: other } = await store.begin(key);
    await other!.checkpoint(7000, engineState(500), []);
    await store.close();
    expect(tree(folder)).toEqual(before);
  });

  it('goes on with what is saved, without what was dropped', async () => {
    const { store, folder } = await openStore();
    const id = await saveState(store, [5000, 12_000, 16_000]);
    const { writer } = await store.begin(key, id);
    writer!.drop(...writer!.checkpoints.filter(({ position }) => position > 12_000));
    await writer!.checkpoint(17_000, engineState(500), [1, 2]);
    expect(positionsOf({ manifest: (await writer!.save(content(17_000)))! })).toEqual([5000, 12_000, 17_000]);
    expect(readdirSync(join(folder, 'states', id))).toHaveLength(4);
    await writer!.close();
    const [state] = await store.saved(key);
    expect(positionsOf(state)).toEqual([5000, 12_000, 17_000]);
    expect(await isWhole(state!)).toBe(true);
    expect(readdirSync(join(folder, 'states', id))).toHaveLength(4);
  });

  it('replaces a checkpoint at the same position, and bounds those that nobody saves', async () => {
    const { store, folder } = await openStore();
    const { writer } = await store.begin(key);
    for (const bytes of [300, 500]) await writer!.checkpoint(5000, engineState(bytes), []);
    expect(writer!.checkpoints.map(({ bytes }) => bytes)).toEqual([500]);
    for (let position = 6000; position < 90_000; position += 1000) await writer!.checkpoint(position, engineState(100), []);
    expect(writer!.checkpoints.length).toBeLessThan(8);
    expect(readdirSync(join(folder, 'states', writer!.id))).toHaveLength(writer!.checkpoints.length);
    await store.close();
  });

  it('takes over checkpoints of another branch, which share their bytes and outlive it', async () => {
    const { store, folder } = await openStore();
    const main = await saveState(store, [40_000, 60_000, 70_000], 100_000);
    const [state] = await store.saved(key);
    const { writer } = await store.begin(key);
    for (const checkpoint of state!.manifest.checkpoints.slice(0, 2)) expect(await writer!.adopt(state!, checkpoint)).toBeDefined();
    await writer!.checkpoint(71_000, engineState(100_000), []);
    await writer!.save(content(71_000, 'branch'));
    await writer!.close();
    const { bytes } = await store.delete([main]);
    expect(bytes).toBeGreaterThanOrEqual(100_000);
    expect(bytes).toBeLessThan(110_000); // its last one, and the manifest
    const [branch] = await store.saved(key);
    expect(positionsOf(branch)).toEqual([40_000, 60_000, 71_000]);
    expect(await isWhole(branch!)).toBe(true);
    const { writer: late } = await store.begin(key);
    expect(await late!.adopt(state!, state!.manifest.checkpoints[0]!)).toBeUndefined();
    await store.close();
    expect(tree(join(folder, 'states')).every(({ path }) => !path.endsWith('.part'))).toBe(true);
  });

  it('survives an engine that fails, writes nothing, or replaces the file; and a stop is a stop', async () => {
    const { store, said } = await openStore();
    const { writer } = await store.begin(key);
    expect(await writer!.checkpoint(1, () => Promise.reject(new Error('the engine is gone')), [])).toBeUndefined();
    expect(await writer!.checkpoint(2, () => Promise.resolve(), [])).toBeUndefined();
    expect(said).toEqual([expect.stringContaining('the engine is gone'), expect.stringContaining('wrote nothing')]);
    await expect(writer!.checkpoint(3, () => Promise.reject(new Cancelled()), [])).rejects.toThrow(Cancelled);
    const replacing = async (path: string) => {
      await writeFile(`${path}.own`, 'state');
      await rename(`${path}.own`, path);
    };
    expect((await writer!.checkpoint(4, replacing, []))?.bytes).toBe(5);
    await writer!.save(content(4));
    await store.close();
    expect(await writer!.checkpoint(5, engineState(100), [])).toBeUndefined();
    expect(await writer!.save(content(5))).toBeUndefined();
    expect(positionsOf((await store.saved(key))[0])).toEqual([4]);
  });

  it('drops a checkpoint whose file disappeared before it names it', async () => {
    const { store, folder } = await openStore();
    const { writer } = await store.begin(key);
    const first = await writer!.checkpoint(8000, engineState(100), []);
    await writer!.checkpoint(9000, engineState(100), []);
    rmSync(join(folder, 'states', writer!.id, first!.file));
    expect(positionsOf({ manifest: (await writer!.save(content(9000)))! })).toEqual([9000]);
    await store.close();
  });
});

describe('deleting', () => {
  it('removes what was chosen and says how much that was', async () => {
    const { store, folder } = await openStore();
    const ids = [await saveState(store, [5000], 50_000), await saveState(store, [6000], 60_000), await saveState(store, [7000], 70_000)];
    const one = await store.delete([ids[1]!, 'no such id', '..', '../facts']);
    expect(one.memories).toBe(1);
    expect(one.bytes).toBeGreaterThan(60_000);
    expect((await store.list()).map(({ id }) => id)).toEqual([ids[2], ids[0]]);
    expect((await store.delete()).memories).toBe(2);
    expect(readdirSync(join(folder, 'states'))).toEqual([]);
    expect(await store.delete()).toEqual({ memories: 0, bytes: 0 });
  });

  it('removes what is of no use and not listed, too', async () => {
    const { store, folder } = await openStore();
    const id = await saveState(store, [5000]);
    writeFileSync(join(folder, 'states', id, 'manifest.json'), 'damaged');
    expect(await store.list()).toEqual([]);
    expect((await store.delete()).memories).toBe(1);
    expect(readdirSync(join(folder, 'states'))).toEqual([]);
  });

  it('of the memory in use lets it be saved again', async () => {
    const { store } = await openStore();
    const { writer } = await store.begin(key);
    await writer!.checkpoint(5000, engineState(100), []);
    await writer!.save(content(5000));
    expect((await store.delete()).memories).toBe(1);
    expect(await store.saved(key)).toEqual([]);
    expect(writer!.checkpoints).toEqual([]);
    await writer!.checkpoint(6000, engineState(100), []);
    await writer!.save(content(6000));
    await writer!.close();
    expect(positionsOf((await store.saved(key))[0])).toEqual([6000]);
    expect((await store.delete()).memories).toBe(1); // not in use any more
    expect(await store.list()).toEqual([]);
  });
});

describe('privacy', () => {
  it('gives nobody else a bit, whatever the umask and whatever was there', async () => {
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const folder = join(temporaryFolder(), 'new', 'memory');
    mkdirSync(join(folder, 'states'), { recursive: true, mode: 0o777 });
    chmodSync(folder, 0o700);
    const { store } = await openStore({ folder });
    const { writer } = await store.begin(key);
    let during = 0;
    await writer!.checkpoint(
      5000,
      async (path) => {
        await writeFile(path, 'half');
        during = statSync(path).mode & 0o777;
        await engineState(100)(path);
        chmodSync(path, 0o666);
      },
      [],
    );
    await writer!.save(content(5000));
    const facts = await store.facts('model');
    facts.set('hash', { tokens: 1 });
    await facts.save();
    expect(during).toBe(0o600);
    const all = tree(folder);
    expect(all.length).toBeGreaterThan(6);
    for (const { path, mode, isFolder } of all) {
      // The lock is an empty folder of proper-lockfile's, inside one that nobody else may enter.
      if (!path.endsWith('.lock')) expect([path, mode]).toEqual([path, isFolder ? 0o700 : 0o600]);
    }
    await store.close();
  });

  it('makes its folder private when it makes it', async () => {
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const folder = join(temporaryFolder(), 'new', 'memory');
    await openStore({ folder });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, '..')).mode & 0o777).toBe(0o700);
  });

  it('follows no link that lies in its folder', async () => {
    const { store, folder } = await openStore();
    const id = await saveState(store, [5000]);
    const elsewhere = temporaryFolder();
    const states = join(folder, 'states');
    // A state that is a link: neither read, nor written, nor deleted.
    cpSync(join(states, id), elsewhere, { recursive: true });
    const mine = readdirSync(elsewhere);
    const linked = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`;
    symlinkSync(elsewhere, join(states, linked));
    expect((await store.saved(key)).map((state) => state.id)).toEqual([id]);
    expect(await store.list()).toHaveLength(1);
    expect(await store.begin(key, linked)).toMatchObject({ reason: expect.stringContaining('not a folder') as string });
    expect((await store.delete()).memories).toBe(1);
    expect(readdirSync(elsewhere)).toEqual(mine);
    // The folder of all states is a link.
    rmSync(states, { recursive: true });
    symlinkSync(elsewhere, states);
    const { store: other } = await openStore({ folder });
    expect(other.unusable).toContain('not a folder');
    expect(readdirSync(elsewhere)).toEqual(mine);
  });
});
