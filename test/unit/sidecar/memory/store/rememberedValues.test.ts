/** Facts about files and rates: they come back, stay within their number, and a damaged file costs no more than itself. */
import { readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { openRememberedValues } from '../../../../../src/sidecar/memory/store/rememberedValues';
import { seal } from '../../../../../src/sidecar/memory/store/sealed';
import { key } from './checkedStates';
import { bundleChild, startChild } from './children';
import { ageUnclaimedLocks, openStore, temporaryFolder } from './fixtures';

let bundle: string;
beforeAll(async () => void (bundle = await bundleChild()));
afterAll(() => rmSync(dirname(bundle), { recursive: true, force: true }));

const openNumbers = (path: string, most = 3, said: string[] = []) =>
  openRememberedValues({ path, value: z.number(), most, log: (text) => said.push(text) });

describe('facts', () => {
  it('come back for their model alone, whatever they are called', async () => {
    const { store, folder, said } = await openStore();
    const facts = await store.facts('model-a');
    expect(facts.get('hash')).toBeUndefined();
    facts.set('hash', { tokens: 12 });
    facts.set('__proto__', { reason: 'holds a secret (AWS key)' });
    expect(await facts.save()).toBe(true);
    expect(await store.facts('model-a')).toBe(facts);
    const { store: again } = await openStore({ folder });
    const read = await again.facts('model-a');
    expect(read.get('hash')).toEqual({ tokens: 12 });
    expect(read.get('__proto__')).toEqual({ reason: 'holds a secret (AWS key)' });
    expect((await again.facts('../model-b')).get('hash')).toBeUndefined();
    expect(readdirSync(join(folder, 'facts'))).toHaveLength(1);
    expect(said).toEqual([]);
  });

  it('are lost when they were not saved, and only then', async () => {
    const { store, folder } = await openStore();
    (await store.facts('m')).set('hash', { tokens: 12 });
    expect((await (await openStore({ folder })).store.facts('m')).get('hash')).toBeUndefined();
  });

  it('of two windows come together', async () => {
    const { store, folder } = await openStore();
    const other = (await openStore({ folder })).store;
    const [here, there] = [await store.facts('m'), await other.facts('m')];
    here.set('a', { tokens: 1 });
    there.set('b', { tokens: 2 });
    await here.save();
    await there.save();
    here.set('c', { tokens: 3 });
    await here.save();
    expect(here.get('b')).toEqual({ tokens: 2 });
    const read = await (await openStore({ folder })).store.facts('m');
    expect(['a', 'b', 'c'].map((name) => read.get(name)?.tokens)).toEqual([1, 2, 3]);
  });

  it('saved without end by two processes that are killed are those that were saved last', async () => {
    const { store, folder } = await openStore();
    for (let round = 0; round < 4; round++) {
      const children = [1, 2].map((seed) => startChild(bundle, 'facts', folder, String(round * 10 + seed)));
      const last = await Promise.all(
        children.map(async (child) => {
          let saved: number | undefined;
          // What else it says is that the other one was saving just then.
          const hear = (said: { saved?: number } | undefined) => (saved = said?.saved ?? saved);
          for (let i = 0; i < 3 + round || saved === undefined; i++) hear(await child.next());
          for (const said of await child.kill<{ saved?: number }>()) hear(said);
          return saved;
        }),
      );
      ageUnclaimedLocks(join(folder, 'facts'));
      const { store: again, said } = await openStore({ folder });
      const facts = await again.facts(key.model);
      for (const [i, saved] of last.entries()) expect(facts.get(`${round * 10 + i + 1} ${saved}`)).toEqual({ tokens: saved });
      expect(said).toEqual([]);
    }
    expect(readdirSync(join(folder, 'facts')).filter((name) => name.endsWith('.part'))).toEqual([]);
    await store.close();
  });
});

describe('a file of values', () => {
  it('forgets what was used least', async () => {
    const path = join(temporaryFolder(), 'values');
    const values = await openNumbers(path);
    for (const [i, name] of ['a', 'b', 'c'].entries()) values.set(name, i);
    values.get('a');
    values.set('d', 3);
    const left = (of: typeof values) => ['a', 'b', 'c', 'd', 'e'].filter((name) => of.get(name) !== undefined);
    expect(left(values)).toEqual(['a', 'c', 'd']);
    values.get('a');
    await values.save();
    // Used is also what was used before it was saved.
    const again = await openNumbers(path);
    again.set('e', 4);
    expect(left(again)).toEqual(['a', 'd', 'e']);
    // A smaller number takes effect as well.
    const fewer = await openNumbers(path, 1);
    expect(['d', 'c', 'a'].map((name) => fewer.get(name))).toEqual([undefined, undefined, 0]);
  });

  it.each<[string, (path: string) => void]>([
    ['cut short', (path) => truncateSync(path, 100)],
    ['empty', (path) => truncateSync(path, 0)],
    ['not text', (path) => writeFileSync(path, Buffer.alloc(100, 0xff))],
    ['changed', (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('"a",1', '"a",2'))],
    ['of another version', (path) => writeFileSync(path, seal({ version: 2, values: [['a', 1]] }))],
    ['of other values', (path) => writeFileSync(path, seal({ version: 1, values: [['a', 'one']] }))],
    ['larger than any', (path) => truncateSync(path, 65 * 2 ** 20)],
    [
      'a link',
      (path) => {
        rmSync(path);
        symlinkSync('/dev/zero', path);
      },
    ],
  ])('that is %s is ignored, and replaced by the next', async (_, damage) => {
    const path = join(temporaryFolder(), 'values');
    const values = await openNumbers(path);
    values.set('a', 1);
    await values.save();
    damage(path);
    const said: string[] = [];
    const again = await openNumbers(path, 3, said);
    expect(again.get('a')).toBeUndefined();
    expect(said).toEqual([expect.stringContaining('is ignored')]);
    again.set('a', 5);
    expect(await again.save()).toBe(true);
    expect((await openNumbers(path)).get('a')).toBe(5);
  });
});

describe('rates', () => {
  it('are those measured last for a model and an engine', async () => {
    const { store, folder } = await openStore();
    expect(await store.rate(key)).toBeUndefined();
    await store.setRate(key, 100.5);
    await store.setRate(key, 90);
    await store.setRate({ ...key, engine: 'other' }, 5);
    const { store: again } = await openStore({ folder });
    expect(await again.rate(key)).toBe(90);
    expect(await again.rate({ ...key, engine: 'other' })).toBe(5);
    expect(await again.rate({ ...key, model: 'other' })).toBeUndefined();
  });
});
