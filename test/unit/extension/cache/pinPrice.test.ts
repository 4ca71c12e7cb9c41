import { expect, test } from 'vitest';
import { pinPrice } from '../../../../src/extension/cache/pinPrice';
import type { CacheMap } from '../../../../src/protocol';

const file = (path: string, start: number, end: number, pinned?: true) => ({
  ...{ path, start, end, replaced: false, held: 1 },
  ...(pinned ? { pinned } : {}),
});
const layer = (budget: number, window?: true) => ({ layer: 0, budget, kept: 1, held: [], ...(window ? { window } : {}) });
const map: CacheMap = {
  ...{ tokens: 900, policy: 'hybrid', positions: 'rank', ranked: false, kvBytes: 1, kvBytesFull: 2, evicted: 0 },
  ...{ starts: [], layers: [layer(1000), layer(400), layer(8, true)], dropped: [] },
  sharing: { choice: 'uniform', allocator: 'uniform' },
  files: [file('a.ts', 0, 300), file('b.ts', 300, 340, true), file('c.ts', 340, 900)],
};

test('a pin is told with what is pinned already, against a quarter of the smallest budget', () => {
  expect(pinPrice(map, 'a.ts')).toEqual({ pinned: 340, sure: 100 });
  expect(pinPrice(map, 'b.ts')).toEqual({ pinned: 40, sure: 100 });
});

test('where nothing is evicted, or nothing is known of the file, there is no price', () => {
  expect(pinPrice({ ...map, policy: 'full' }, 'a.ts')).toBeUndefined();
  expect(pinPrice(map, 'gone.ts')).toBeUndefined();
});
