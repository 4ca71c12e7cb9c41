/** All memories together stay within the quota: the least recently used go, whole, and the one being written stays. */
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diskBytes, listStates } from '../../../../../src/sidecar/memory/store/stateFolders';
import { content, engineState, isWhole, key, randomFrom } from './checkedStates';
import { openStore, positionsOf, saveState } from './fixtures';

const quotaBytes = 100_000;
const usedBytes = async (folder: string) => diskBytes(await listStates(join(folder, 'states')));
const keyOf = (model: string) => ({ ...key, model });

describe('the quota', () => {
  it('costs the least recently used memory of all models, and says so', async () => {
    const { store, folder, said } = await openStore({ quotaBytes });
    const ids: string[] = [];
    for (const model of ['a', 'b', 'c', 'd']) ids.push(await saveState(store, [5000], 20_000, keyOf(model)));
    expect(await store.list()).toHaveLength(4);
    await (await store.saved(keyOf('a')))[0]!.touch();
    const newest = await saveState(store, [5000], 30_000, keyOf('e'));
    expect((await store.list()).map(({ id }) => id)).toEqual([newest, ids[0], ids[3], ids[2]]);
    expect(said).toEqual([expect.stringContaining(ids[1]!)]);
    expect(await usedBytes(folder)).toBeLessThan(quotaBytes);
  });

  it('is kept after every save, whatever is saved', async () => {
    const { store, folder } = await openStore({ quotaBytes });
    const random = randomFrom(3);
    for (let i = 0; i < 25; i++) {
      const saved = await store.saved(key);
      const { writer } = await store.begin(key, random() < 0.5 ? saved[0]?.id : undefined);
      let position = writer!.checkpoints.at(-1)?.position ?? 0;
      for (let j = 0; j < 3; j++)
        await writer!.checkpoint((position += 1 + Math.floor(random() * 20_000)), engineState(100 + random() * 30_000), []);
      expect(await writer!.save(content(position))).toBeDefined();
      await writer!.close();
      expect(await usedBytes(folder)).toBeLessThanOrEqual(quotaBytes);
      expect(positionsOf((await store.saved(key))[0])?.at(-1)).toBe(position);
    }
  });

  it('makes one large memory keep fewer checkpoints, the last one in any case, and says so once', async () => {
    const { store, said } = await openStore({ quotaBytes });
    const { writer } = await store.begin(key);
    const positions = [40_000, 60_000, 70_000, 75_000, 80_000];
    for (const position of positions) await writer!.checkpoint(position, engineState(20_000), []);
    expect(positionsOf({ manifest: (await writer!.save(content(80_000)))! })).toHaveLength(2);
    expect(said).toEqual([expect.stringContaining('larger quota')]);
    await writer!.checkpoint(90_000, engineState(2 * quotaBytes), []);
    await writer!.save(content(90_000));
    await store.close();
    const [state] = await store.saved(key);
    expect(positionsOf(state)).toEqual([90_000]);
    expect(await isWhole(state!)).toBe(true);
    expect(said).toHaveLength(1);
  });

  it('does not cost another branch its memory while one is replaced', async () => {
    const { store, folder } = await openStore({ quotaBytes });
    const other = await saveState(store, [5000], 45_000);
    const id = await saveState(store, [5000], 45_000);
    const { writer } = await store.begin(key, id);
    await writer!.checkpoint(5000, engineState(46_000), []);
    await writer!.save(content(5000));
    await writer!.close();
    expect((await store.list()).map((row) => row.id)).toEqual([id, other]);
    expect(await usedBytes(folder)).toBeLessThan(quotaBytes);
  });

  it('never costs a memory that is being written, and stops what would not fit beside it', async () => {
    const { store: first, folder } = await openStore();
    const { writer } = await first.begin(key);
    await writer!.checkpoint(5000, engineState(60_000), []);
    await writer!.save(content(5000));
    await saveState(first, [5000], 30_000);
    const { store: second, said } = await openStore({ folder, quotaBytes });
    const begun = await second.begin(key);
    expect(await begun.writer!.checkpoint(6000, engineState(50_000), [], 50_000)).toBeUndefined();
    expect(said.at(-1)).toContain('being written');
    expect(await begun.writer!.checkpoint(6000, engineState(20_000), [], 20_000)).toBeDefined();
    expect((await second.saved(key)).map(({ id }) => id)).toEqual([writer!.id]);
    await second.close();
    await first.close();
  });

  it('that has become smaller is kept from the next start on', async () => {
    const { store, folder } = await openStore();
    for (let i = 0; i < 3; i++) await saveState(store, [5000 + i], 45_000);
    const { store: again } = await openStore({ folder, quotaBytes });
    expect((await again.saved(key)).map(positionsOf)).toEqual([[5002], [5001]]);
  });

  it('goes by use also when the clock is set back', async () => {
    const { store, folder } = await openStore({ quotaBytes });
    for (let i = 0; i < 2; i++) {
      const id = await saveState(store, [5000 + i], 30_000);
      // The clock was an hour ahead then.
      const then = Date.now() / 1000 + 3600 + i;
      utimesSync(join(folder, 'states', id, 'manifest.json'), then, then);
    }
    for (let i = 2; i < 4; i++) await saveState(store, [5000 + i], 30_000);
    const states = await store.saved(key);
    expect(states.map(positionsOf)).toEqual([[5003], [5002], [5001]]);
    // People are not shown times to come.
    for (const { usedAt } of await store.list()) expect(usedAt).toBeLessThanOrEqual(Date.now());
    await states[2]!.touch();
    expect((await store.saved(key)).map(positionsOf)).toEqual([[5001], [5003], [5002]]);
  });
});
