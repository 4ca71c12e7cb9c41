/** The policies against golden vectors and against a slow, readable reference that shares no code with them. */
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { engineFolder } from './engineFolder';

interface Shape {
  policy: string;
  capacity: number;
  sinks: number;
  recent: number;
  cursor: number;
  block: number;
}
const native = createRequire(import.meta.url)(`${engineFolder}/bonsai.node`) as {
  simulate(shape: Shape, total: number, batch: number): Int32Array;
};
const kept = (shape: Partial<Shape>, total: number, batch = 1) =>
  Array.from(native.simulate({ policy: 'tree', capacity: 4, sinks: 0, recent: 0, cursor: 0, block: 1, ...shape }, total, batch));

/**
 * TreeKV's decode rule and StreamingLLM as their papers tell them, one token at a time, on a plain array. With blocks,
 * the loser of a pair of blocks leaves token by token, and the pair is played out before the cursor moves on.
 */
function reference({ policy, capacity, sinks, recent, cursor, block }: Shape, total: number): number[] {
  const cache: number[] = [];
  const pairs = Math.max(1, Math.floor((capacity - sinks - recent) / block));
  let pair = Math.floor(cursor / block) % pairs;
  let gone = cursor % block;
  for (let token = 1; token <= total; token++) {
    cache.push(token);
    if (cache.length <= capacity) continue;
    if (policy === 'streaming') {
      cache.splice(sinks, 1);
      continue;
    }
    const [left, right] = [sinks + pair * block, sinks + (pair + 1) * block];
    cache.splice(policy === 'tree' ? right : left, 1);
    if (++gone === block) {
      gone = 0;
      pair = (pair + 1) % pairs;
    }
  }
  return cache;
}

describe('tree', () => {
  // ../shared/algorithms.md, section 2: C = 4, prose cursor, tokens from 1
  it.each([
    ['tree-keep-right', { 5: [2, 3, 4, 5], 8: [2, 4, 6, 8], 12: [4, 8, 10, 12], 16: [8, 12, 14, 16], 17: [12, 14, 16, 17] }],
    ['tree', { 5: [1, 3, 4, 5], 8: [1, 3, 5, 7], 12: [1, 5, 9, 11], 16: [1, 9, 13, 15], 17: [1, 13, 15, 17] }],
  ])('%s keeps what the golden vectors say', (policy, golden) => {
    for (const [total, expected] of Object.entries(golden)) {
      expect(kept({ policy }, Number(total))).toEqual(expected);
      expect(kept({ policy }, Number(total), 3)).toEqual(expected);
    }
  });

  it('thins out by halves with age, as the figure of the paper does', () => {
    const capacity = 512;
    const tokens = kept({ policy: 'tree-keep-right', capacity }, capacity * 32, 128);
    const perAge = Array.from(
      { length: 8 },
      (_, age) => tokens.filter((t) => t > capacity * (31 - age) && t <= capacity * (32 - age)).length,
    );
    expect(perAge).toEqual([256, 128, 64, 32, 16, 8, 4, 2]);
  });
});

describe('blocks', () => {
  it('stay whole: what is old is kept in runs of the block’s length', () => {
    const tokens = kept({ capacity: 132, sinks: 4, recent: 64, block: 8 }, 300, 50).filter((t) => t > 4 && t < 210);
    const runs: number[] = [];
    tokens.forEach((t, i) => {
      if (t === (tokens[i - 1] ?? -1) + 1) runs[runs.length - 1]!++;
      else runs.push(1);
    });
    expect(runs.length).toBeGreaterThan(3);
    expect(runs.every((length) => length % 8 === 0)).toBe(true);
  });
});

describe('every policy', () => {
  let seed = 7;
  const random = (from: number, to: number) => {
    // mulberry32: the same shapes in every run
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return from + (((t ^ (t >>> 14)) >>> 0) % (to - from + 1));
  };
  const shapes = Array.from({ length: 150 }, () => {
    const capacity = random(8, 90);
    const sinks = random(0, 4);
    const recent = random(0, capacity - sinks - 2);
    const policy = ['tree', 'tree-keep-right', 'streaming'][random(0, 2)]!;
    const tree = capacity - sinks - recent;
    return { policy, capacity, sinks, recent, block: random(1, Math.min(8, tree)), cursor: random(0, tree - 1) };
  });

  it('agrees with the reference, however the tokens are chunked', () => {
    expect(shapes.filter((s) => s.block > 1 && s.policy === 'tree').length).toBeGreaterThan(20);
    for (const shape of shapes) {
      const total = random(1, 700);
      const expected = reference(shape, total);
      for (const batch of [1, 7, 64, 1000]) expect(kept(shape, total, batch), JSON.stringify({ shape, total, batch })).toEqual(expected);
    }
  });

  it('conserves the budget, the sinks and the order', () => {
    for (const shape of shapes) {
      const total = random(200, 900);
      const tokens = kept(shape, total, random(1, 200));
      expect(tokens).toHaveLength(Math.min(total, shape.capacity));
      expect(tokens.slice(0, shape.sinks)).toEqual(Array.from({ length: shape.sinks }, (_, i) => i + 1));
      expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
      const newest = Array.from({ length: shape.recent }, (_, i) => total - shape.recent + 1 + i);
      expect(tokens.slice(tokens.length - shape.recent)).toEqual(newest);
    }
  });
});
