/** Merging: who inherits from whom, without a model and against a slow reference, and what it does to a real one. */
import { describe, expect, it } from 'vitest';
import { pure, type MergedRow, type MergingShape } from './pure';
import type { Lane } from './reference/lane';
import { merging } from './reference/merging';
import { Random } from './reference/random';
import { cache, difference, scenario, score, type Stats } from './scenario';

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const ascending = (values: number[]) => values.toSorted((a, b) => a - b);
/** native/src/merging.h: victims of one heir at one compaction whose content is merged */
const mostVictims = 16;

function expectUniform(row: MergedRow, what: string): void {
  for (const share of row.shares) expect(share, what).toBeCloseTo(1 / row.mass, 5);
}

describe('heirs', () => {
  it('by hand: pairs of four tokens, then a chain in one compaction', () => {
    const shape = { policy: 'tree', capacity: 4, sinks: 0, recent: 0, cursor: 0 };
    const rows = (staging: number, total: number) =>
      pure.simulateMerging({ ...shape, staging }, total)[0]!.map(({ token, tokens }) => [token, ascending(tokens)]);
    // the left one stays: 2 into 1, then 4 into 3
    expect(rows(1, 6)).toEqual([
      [1, [1, 2]],
      [3, [3, 4]],
      [5, [5]],
      [6, [6]],
    ]);
    // 2, 4, 6 and 8 go to their left, then 3 with its 4 into 1
    for (const staging of [1, 2, 5])
      expect(rows(staging, 9)).toEqual([
        [1, [1, 2, 3, 4]],
        [5, [5, 6]],
        [7, [7, 8]],
        [9, [9]],
      ]);
  });

  it('by hand: of blocks the tokens of equal place', () => {
    const shape = { policy: 'tree-keep-right', capacity: 6, sinks: 1, recent: 0, cursor: 0, block: 2, staging: 2 };
    expect(pure.simulateMerging(shape, 8)[0]!.map(({ token, tokens }) => [token, ascending(tokens)])).toEqual([
      [1, [1]],
      [4, [2, 4]],
      [5, [3, 5]],
      [6, [6]],
      [7, [7]],
      [8, [8]],
    ]);
  });

  const random = new Random(11);
  function randomLane(): Lane {
    const capacity = random.whole(1, 70);
    const sinks = random.whole(0, Math.min(4, capacity));
    return {
      capacity,
      sinks,
      recent: random.fraction() < 0.1 ? capacity - sinks : random.whole(0, capacity - sinks),
      block: random.whole(1, 8),
      cursor: random.whole(0, capacity),
      outliers: random.one([0, random.whole(0, capacity)]),
    };
  }

  it.each([
    ['tree', 'left'],
    ['tree-keep-right', 'right'],
    ['hybrid', 'left'],
  ] as const)('%s: rows are the means of what the reference says, and no token gets lost', (policy, keep) => {
    const seen = { chained: 0, cut: 0, lost: 0 };
    for (let i = 0; i < 600; i++) {
      const lane = randomLane();
      const total = random.whole(1, 500);
      const scores = random.fraction() < 0.6 ? random.scores(total) : undefined;
      const scoreOf = scores && ((token: number) => scores[token - 1]!);
      const shape: MergingShape = {
        policy,
        ...lane,
        ...(scores && { scores }),
        staging: random.whole(1, 90),
        lanes: random.whole(1, 3),
        ranked: random.fraction() < 0.5,
      };
      const what = JSON.stringify({ ...shape, scores: undefined, total });
      // what is not gathered is 0
      const novelty = policy === 'hybrid' ? (scoreOf ?? (() => 0)) : undefined;
      const expected = merging(lane, keep, scoreOf, novelty, total, shape.staging);
      const lanes = pure.simulateMerging(shape, total);
      expect(lanes, what).toHaveLength(shape.lanes!);
      for (const rows of lanes) {
        expect(
          rows.map((r) => r.token),
          what,
        ).toEqual(ascending([...expected.standsFor.keys()]));
        expect(sum(rows.map((r) => r.mass)), what).toBe(total - expected.lost);
        let wasCut = false;
        for (const row of rows) {
          const tokens = expected.standsFor.get(row.token)!;
          expect(row.mass, what).toBe(tokens.length);
          expect(sum(row.shares), what).toBeCloseTo(1, 5);
          if (row.tokens.length === row.mass) {
            expect(ascending(row.tokens), what).toEqual(ascending(tokens));
            if (!wasCut) seen.chained += row.mass > 2 ? 1 : 0;
          } else {
            wasCut = true;
            expect(row.mass, what).toBeGreaterThan(mostVictims);
            expect(tokens, what).toEqual(expect.arrayContaining(row.tokens));
          }
        }
        if (wasCut) seen.cut++;
        else for (const row of rows) expectUniform(row, what);
      }
      seen.lost += expected.lost;
    }
    expect(seen.chained).toBeGreaterThan(1000);
    expect(seen.cut).toBeGreaterThan(5);
    expect(seen.lost).toBeGreaterThan(100);
  });

  it('policies without pairs name nobody, and without merging everybody stands for itself', () => {
    const shape = { capacity: 40, sinks: 4, recent: 16, cursor: 0, staging: 16, scores: random.scores(300) };
    for (const policy of pure.policies().filter((p) => p !== 'full')) {
      const merges = ['tree', 'tree-keep-right', 'hybrid'].includes(policy);
      expect(sum(pure.simulateMerging({ ...shape, policy }, 300)[0]!.map((r) => r.mass)), policy).toBe(merges ? 300 : 40);
      const plain = pure.simulateMerging({ ...shape, policy, merge: false }, 300)[0]!;
      expect(
        plain.every((r) => r.mass === 1 && r.tokens.length === 1 && r.tokens[0] === r.token),
        policy,
      ).toBe(true);
    }
  });

  it('who leaves does not depend on merging', () => {
    for (const policy of ['tree', 'tree-keep-right', 'hybrid']) {
      const shape = {
        policy,
        capacity: 50,
        sinks: 4,
        recent: 20,
        block: 4,
        outliers: 5,
        cursor: 3,
        staging: 24,
        scores: random.scores(400),
      };
      const tokens = (merge: boolean) => pure.simulateMerging({ ...shape, merge }, 400)[0]!.map((r) => r.token);
      expect(tokens(true)).toEqual(tokens(false));
    }
  });

  it.each([
    [{ policy: 'best' }, RangeError],
    [{ policy: 'full' }, RangeError],
    [{ staging: 0 }, RangeError],
    [{ lanes: 99 }, RangeError],
    [{ merge: 1 }, TypeError],
    [{ scores: new Float32Array(3) }, RangeError],
  ])('%j is refused', (wrong, error) => {
    const shape = { policy: 'tree', capacity: 40, sinks: 4, recent: 16, cursor: 0, staging: 16, ...wrong };
    expect(() => pure.simulateMerging(shape as MergingShape, 100)).toThrow(error);
  });
});

describe('in a real model', () => {
  const loss = (values: number[]) => -sum(values) / values.length;
  const merged = (changes: object = {}) => cache({ merge: true, ...changes });

  it('below the budget log-probabilities are those of stock llama.cpp', async () => {
    const stock = await score({ tokens: 1000, contextSize: 2048 }, 'stock');
    const ours = await score({ tokens: 1000, cache: merged({ budgets: [1152] }) });
    expect(difference(ours.logProbabilities, stock.logProbabilities)).toBeLessThan(1e-6);
  });

  it.each(['tree', 'hybrid'])(
    '%s beyond it: the budget is held, the loss stays sane, quantised or not, in both position modes',
    async (policy) => {
      const full = await score({ tokens: 1000, cache: cache({ policy: 'full', budgets: [1152] }) });
      for (const [positions, precision] of [
        ['original', { keyType: 'Q8_0', valueType: 'Q5_1' }],
        ['rank', {}],
        ['rank', { keyType: 'Q4_0', valueType: 'Q4_0' }],
      ] as const) {
        const request = { tokens: 1000, ...precision };
        const shape = { policy, positions, budgets: [384], score: 'keydiff' };
        const on = await scenario<{ logProbabilities: number[]; stats: Stats }>('precision', { ...request, cache: merged(shape) });
        const off = await scenario<{ logProbabilities: number[] }>('precision', { ...request, cache: cache(shape) });
        const what = `${positions}, ${JSON.stringify(precision)}`;
        expect(on.logProbabilities.every(Number.isFinite), what).toBe(true);
        expect(loss(on.logProbabilities) - loss(full.logProbabilities), what).toBeLessThan(0.6);
        expect(difference(on.logProbabilities, off.logProbabilities), what).toBeGreaterThan(0.01); // something was really merged
        for (const layer of on.stats.layers) expect(layer.kept, what).toBeLessThanOrEqual(384);
      }
    },
  );

  // One token again and again: keys differ by their position alone and values not at all, so a merge changes neither, as
  // long as keys are rotated to their heir's position and shares add up to one. Later layers see the noise of the first.
  it.each([
    ['F32', 'original', 2e-4],
    ['F32', 'rank', 2e-4],
    ['F16', 'original', 4e-3],
    ['Q8_0', 'original', 0.04],
    ['Q8_0', 'rank', 0.04],
  ])('what is equal but for its position is merged without a trace: %s, %s positions', async (type, positions, most) => {
    const layers = await scenario<{ largest: number; difference: number; same: boolean }[]>('repeated', {
      times: 1100,
      type,
      cache: cache({ positions, budgets: [256], staging: 64 }),
    });
    expect(layers).toHaveLength(8);
    expect(layers[0]!.largest).toBeGreaterThan(0.5);
    expect(layers[0]!.difference / layers[0]!.largest).toBeLessThan(most);
    expect(layers.every((layer) => !layer.same)).toBe(true); // something was really merged
  });

  it('a fork and a restored state continue alike', async () => {
    const fork = await scenario<{ difference: number }>('fork', { cache: merged({ policy: 'hybrid' }) });
    expect(fork.difference).toBeLessThan(1e-6);
    const state = await scenario<{ difference: number; refused: string }>('state', {
      cache: merged({ positions: 'rank' }),
      other: merged({ budgets: [640] }),
    });
    expect(state.difference).toBeLessThan(1e-6);
    expect(state.refused).toBe('refused');
  });

  it('new budgets in the middle of a stream merge what no longer fits', async () => {
    const budgets = [256, 256, 256, 256, 512, 640, 896, 1024];
    const r = await scenario<{ after: Stats; scores: number[]; fork: number }>('rebudget', {
      cache: merged({ policy: 'hybrid' }),
      tokens: 2000,
      at: 1200,
      budgets,
    });
    expect(r.after.layers.map((l) => l.budget)).toEqual(budgets);
    expect(loss(r.scores)).toBeLessThan(4);
    expect(r.fork).toBeLessThan(1e-6);
  });
});
