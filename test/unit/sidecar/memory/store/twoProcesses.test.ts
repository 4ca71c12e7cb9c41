/** Two windows on one repository: one writes a state, the other reads it; who is gone is replaced at once, who is not is left alone. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import * as files from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lockState } from '../../../../../src/sidecar/memory/store/stateLock';
import { content, engineState, isWhole, key } from './checkedStates';
import { bundleChild, startChild } from './children';
import { openStore, positionsOf, saveState, temporaryFolder } from './fixtures';

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof files>();
  return { ...actual, rename: vi.fn(actual.rename) };
});
const { rename } = await vi.importActual<typeof files>('node:fs/promises');

let bundle: string;
beforeAll(async () => void (bundle = await bundleChild()));
afterAll(() => rmSync(dirname(bundle), { recursive: true, force: true }));

const anotherWindow = { reason: 'Another window is saving this memory.' };

/** A process that holds a writer on a new state with one checkpoint. */
async function holder(folder: string) {
  const child = startChild(bundle, 'hold', folder);
  await child.next();
  const { id } = (await child.next<{ id: string }>())!;
  child.tell('save');
  expect(await child.next()).toEqual({ positions: [5000] });
  return { child, id };
}

describe('while another process writes a state', () => {
  it('it is read here, and neither written, deleted nor purged', async () => {
    const folder = join(temporaryFolder(), 'memory');
    const { child, id } = await holder(folder);
    const { store, said } = await openStore({ folder, quotaBytes: 1000 });
    const [state] = await store.saved(key);
    expect(state!.id).toBe(id);
    expect(await isWhole(state!)).toBe(true);
    expect(await store.begin(key, id)).toEqual(anotherWindow);
    expect(await store.delete()).toEqual({ memories: 0, bytes: 0 });
    expect(said.at(-1)).toContain('another window writes it');
    expect(readdirSync(join(folder, 'states', id))).toHaveLength(2);
    // It goes on.
    child.tell('save');
    expect(await child.next()).toEqual({ positions: [5000, 10_000] });
    expect(positionsOf((await store.saved(key))[0])).toEqual([5000, 10_000]);
    // And leaves it to us.
    child.tell('close');
    expect(await child.next()).toBe('closed');
    const { writer } = await store.begin(key, id);
    expect(writer!.checkpoints).toHaveLength(2);
    await store.close();
  });

  it('one that only cleans up for a moment is waited for', async () => {
    const { store, folder } = await openStore();
    const id = await saveState(store, [7000]);
    const cleaning = await lockState(join(folder, 'states', id));
    const begun = store.begin(key, id);
    setTimeout(() => void cleaning!.release(), 60);
    const { writer } = await begun;
    expect(writer?.id).toBe(id);
    await writer?.close();
  });

  it('another state of the same repository can be written here', async () => {
    const { store, folder } = await openStore();
    const { id } = await holder(folder);
    const mine = await saveState(store, [7000]);
    expect((await store.saved(key)).map((state) => state.id).sort()).toEqual([id, mine].sort());
  });

  it('what is read here is whole or gone, never half', async () => {
    const { store, folder } = await openStore();
    const child = startChild(bundle, 'read', folder);
    await child.next();
    const seen = { whole: 0, gone: 0, broken: 0 };
    for (let i = 0; i < 40 || seen.whole < 40; i++) {
      const begun = await store.begin(key, (await store.saved(key))[0]?.id);
      if (!begun.writer) throw new Error(begun.reason);
      const { writer } = begun;
      writer.drop(...writer.checkpoints);
      for (const position of [40_000, 60_000, 70_000]) await writer.checkpoint(position, engineState(1000), []);
      await writer.save(content(70_000));
      await writer.close();
      if (i % 5 === 4) await store.delete();
      const said = (await child.next<typeof seen>())!;
      expect(said).toHaveProperty('whole'); // or it is a complaint
      for (const name of ['whole', 'gone', 'broken'] as const) seen[name] += said[name];
    }
    expect(seen.broken).toBe(0);
  });
});

describe('a process that was killed while it wrote', () => {
  it('is replaced at once, and what it left is cleaned up', async () => {
    const folder = join(temporaryFolder(), 'memory');
    const { child, id } = await holder(folder);
    const states = join(folder, 'states');
    const file = join(states, id, 'unnamed.state');
    writeFileSync(file, 'written and never named');
    writeFileSync(join(states, id, '0123.state.0123456789abcdef.part'), 'half');
    const { store: meanwhile } = await openStore({ folder });
    expect(existsSync(file)).toBe(true);
    await child.kill();
    // By whoever wants to write,
    const { writer } = await meanwhile.begin(key, id);
    expect(existsSync(file)).toBe(false);
    await writer!.close();
    expect(readdirSync(states)).toEqual([id]);
    expect(readdirSync(join(states, id))).toHaveLength(2);
  });

  it('and was the only one: what it left is cleaned up at the next start', async () => {
    const folder = join(temporaryFolder(), 'memory');
    const { child, id } = await holder(folder);
    const states = join(folder, 'states');
    writeFileSync(join(states, id, 'unnamed.state'), 'written and never named');
    await child.kill();
    mkdirSync(join(states, `${id}.0123456789abcdef.gone`));
    writeFileSync(join(states, 'probe.0123456789abcdef.part'), '');
    writeFileSync(join(folder, 'facts', 'rates.0123456789abcdef.part'), '');
    // Beside it, something that is in use.
    mkdirSync(join(states, 'other.lock'));
    writeFileSync(join(states, 'other.0123456789abcdef.part'), '');
    await openStore({ folder });
    expect(readdirSync(states).sort()).toEqual([id, 'other.0123456789abcdef.part', 'other.lock']);
    expect(readdirSync(join(states, id))).toHaveLength(2);
    expect(readdirSync(join(folder, 'facts'))).toEqual([]);
  });
});

describe('a lock', () => {
  /** A state that somebody is said to be writing. */
  async function locked(owner: object | undefined, secondsAgo = 0) {
    const opened = await openStore();
    const id = await saveState(opened.store, [5000]);
    const path = join(opened.folder, 'states', id);
    mkdirSync(`${path}.lock`);
    const then = Date.now() / 1000 - secondsAgo;
    utimesSync(`${path}.lock`, then, then);
    if (owner) writeFileSync(`${path}.owner`, JSON.stringify(owner));
    return { ...opened, id, path };
  }
  const elsewhere = { pid: 2 ** 22 + 1, host: 'another machine', token: 'y' };
  const gone = { pid: 2 ** 22 + 1, host: hostname(), token: 'x' };

  it.each<[string, object | undefined, number, boolean]>([
    ['of another machine that is alive', elsewhere, 8, false],
    ['of another machine that has been silent for ten seconds', elsewhere, 11, true],
    ['of a process here that is gone', gone, 0, true],
    ['of a process that had our number before', { pid: process.pid, host: hostname(), token: 'x' }, 0, true],
    ['of somebody who has not said who it is', undefined, 8, false],
    ['of somebody who never said who it is', undefined, 11, true],
    ['of somebody, refreshed before the clock was set back an hour', undefined, -3600, true],
    ['of a process that is gone since before the clock was set back', gone, -3600, true],
    ['with a note that nobody can read', { pid: 'x' }, 8, false],
  ])('%s', async (_, owner, secondsAgo, isFree) => {
    const { store, id, path } = await locked(owner, secondsAgo);
    const begun = await store.begin(key, id);
    if (!isFree) expect(begun).toEqual(anotherWindow);
    else expect(begun.writer!.checkpoints).toHaveLength(1);
    await store.close();
    if (isFree) expect(readdirSync(dirname(path))).toEqual([id]);
  });

  it('of a process here that has been busy for long protects its state from being deleted, not from being written', async () => {
    const { store, id } = await locked({ pid: process.ppid, host: hostname(), token: 'x' }, 60);
    expect(await store.delete()).toEqual({ memories: 0, bytes: 0 });
    expect((await store.begin(key, id)).writer).toBeDefined();
    await store.close();
  });

  it('of a process that is gone is left to the one who took it over an instant before us', async () => {
    const { store, id, path } = await locked(gone);
    vi.mocked(files.rename).mockImplementationOnce((from, to) => {
      writeFileSync(from, JSON.stringify(elsewhere));
      return rename(from, to);
    });
    expect(await store.begin(key, id)).toEqual(anotherWindow);
    expect(JSON.parse(readFileSync(`${path}.owner`, 'utf8'))).toEqual(elsewhere);
    expect(readdirSync(dirname(path)).sort()).toEqual([id, `${id}.lock`, `${id}.owner`]);
  });

  it('is had once, also here', async () => {
    const { store } = await openStore();
    const id = await saveState(store, [5000]);
    const begun = await Promise.all([1, 2, 3].map(() => store.begin(key, id)));
    expect(begun.filter(({ writer }) => writer)).toHaveLength(1);
    expect(begun.filter(({ writer }) => !writer)).toEqual([anotherWindow, anotherWindow]);
    await store.close();
  });

  it('that was taken over stops the one who had it, and is left to its new holder', async () => {
    const { store, folder, said } = await openStore();
    const id = await saveState(store, [5000]);
    const { writer } = await store.begin(key, id);
    await writer!.checkpoint(6000, engineState(100), []);
    const states = join(folder, 'states');
    const manifest = readFileSync(join(states, id, 'manifest.json'), 'utf8');
    writeFileSync(join(states, `${id}.owner`), JSON.stringify(elsewhere));
    const files = readdirSync(join(states, id));
    expect(await writer!.checkpoint(7000, engineState(100), [])).toBeUndefined();
    expect(await writer!.save(content(6000))).toBeUndefined();
    expect(await writer!.clear()).toBe(false);
    await writer!.close();
    expect(said.every((text) => text.includes('another window has taken over'))).toBe(true);
    expect(said).toHaveLength(3);
    expect(readFileSync(join(states, id, 'manifest.json'), 'utf8')).toBe(manifest);
    expect(readdirSync(join(states, id))).toEqual(files);
    expect(readdirSync(states).sort()).toEqual([id, `${id}.lock`, `${id}.owner`]);
  });
});
