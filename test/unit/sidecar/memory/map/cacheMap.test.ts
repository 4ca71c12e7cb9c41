/** The map's message, from a memory and a cache that are made up: which layers count, and what is said of a file. */
import { expect, test } from 'vitest';
import type { LayerState } from '../../../../../src/protocol';
import { cacheMap } from '../../../../../src/sidecar/memory/map/cacheMap';

const layers: LayerState[] = [
  { layer: 0, budget: 10, kept: 5 },
  { layer: 3, budget: 20, kept: 10 },
  { layer: 4, budget: 4, kept: 4, window: true },
];
/** Of every bucket: layer 0 holds all, layer 3 half, the window nothing. */
const held = (_: number, starts: readonly number[]) => [1, 0.5, 0].map((share) => starts.map(() => share));

const squeezed = { allocator: 'squeeze', p: 0.6, budgets: [10, 20], cosines: [0.9, 0.5] } as const;
const shares = {
  ...{ current: squeezed, groups: [1, 0], plan: { allocator: 'auto' } },
  betterFor: () => ({ allocator: 'replay', ratio: 16, budgets: [15, 15] }),
};

function mapOf(params: { layer?: number; file?: string; buckets?: number }, tokens = 100) {
  const files =
    tokens === 0
      ? []
      : [
          { path: 'a.ts', start: 10, end: 60, replaced: true },
          { path: 'a.ts', start: 60, end: 100, replaced: false },
        ];
  const stats = { tokens, ranked: false, evicted: 3, kvBytes: 1, kvBytesFull: 2, layers, budgets: [10, 20] };
  const loaded = {
    cache: { held, policy: 'hybrid', positions: 'auto' },
    shares,
    sequences: { memory: { id: 0 } },
  };
  const symbols = {
    of: (path: string) =>
      Promise.resolve(path === 'a.ts' ? [{ name: 'f', kind: 'function', startLine: 1, endLine: 2, start: 60, end: 70 }] : undefined),
  };
  const heldEntries = [{ path: 'a.ts', hash: 'h', tokens: 40 }];
  const rows = { has: ({ hash }: { hash: string }) => hash === 'h' };
  const memory = { repository: { stats, files, heldEntries }, overrides: { pinned: ['a.ts'], dropped: ['b.ts'] }, symbols, rows };
  type Args = Parameters<typeof cacheMap>;
  return cacheMap(loaded as unknown as Args[0], memory as unknown as Args[1], { buckets: 4, ...params }, new Map([['a.ts', 12]]));
}

test('the share of a file is the mean over the layers with full attention, or that of one layer', async () => {
  expect((await mapOf({})).files.map((file) => file.held)).toEqual([0.75, 0.75]);
  expect((await mapOf({ layer: 3 })).files.map((file) => file.held)).toEqual([0.5, 0.5]);
  expect((await mapOf({ layer: 4 })).files.map((file) => file.held)).toEqual([0, 0]);
  expect((await mapOf({ layer: 9 })).files.map((file) => file.held)).toEqual([0.75, 0.75]);
});

test('only the newest version of a file can be recalled, and the last answer tells what it recalled', async () => {
  const map = await mapOf({});
  expect(map.files.map(({ archived, recalled }) => [archived, recalled])).toEqual([
    [undefined, undefined],
    [true, 12],
  ]);
});

test('only the newest version of a file is pinned, and what is dropped is named', async () => {
  const map = await mapOf({});
  expect(map.files.map(({ pinned }) => pinned)).toEqual([undefined, true]);
  expect(map).toMatchObject({ dropped: ['b.ts'], starts: [0, 25, 50, 75] });
  expect(map.layers.map(({ window }) => window)).toEqual([undefined, undefined, true]);
});

test('symbols come with the file that was asked for, and with no other', async () => {
  expect((await mapOf({ file: 'a.ts' })).symbols).toEqual({ path: 'a.ts', symbols: [expect.objectContaining({ name: 'f', held: 0.75 })] });
  expect(await mapOf({ file: 'b.md' })).not.toHaveProperty('symbols');
  expect(await mapOf({})).not.toHaveProperty('symbols');
});

test('an empty memory has an empty map', async () => {
  expect(await mapOf({}, 0)).toMatchObject({ tokens: 0, starts: [], files: [] });
});

test('says how the layers share the budget, why each got what it got, and what would be better', async () => {
  const map = await mapOf({});
  expect(map.sharing).toEqual({
    ...{ choice: 'auto', allocator: 'squeeze', p: 0.6, next: { allocator: 'replay', ratio: 16 } },
  });
  expect(map.layers.map(({ cosine, group }) => [cosine, group])).toEqual([
    [0.9, 1],
    [0.5, 0],
    [undefined, undefined],
  ]);
});
