/** The policies against golden vectors and against slow, readable references (reference/) that share no code with them. */
import { describe, expect, it } from 'vitest';
import { kept, pure, type Shape } from './pure';
import { cascade } from './reference/cascade';
import { hybrid } from './reference/hybrid';
import { keepTop } from './reference/keepTop';
import type { Lane, ScoreOf } from './reference/lane';
import { Random } from './reference/random';
import { pooled } from './reference/snapkv';
import { streaming } from './reference/streaming';
import { tree } from './reference/tournament';

interface Case {
  lane: Lane;
  scores: Float32Array | undefined;
  novelty: Float32Array | undefined;
  total: number;
}

const lookUp = (values: Float32Array) => (token: number) => values[token - 1]!;
const unknown: ScoreOf = () => NaN;

/** What is kept by definition. Only the global policies may care about `batch`. */
const references: Record<string, (lane: Lane, score: ScoreOf | undefined, novelty: ScoreOf, total: number, batch: number) => number[]> = {
  full: (lane, _score, _novelty, total) => streaming({ ...lane, capacity: Infinity }, total),
  window: (lane, _score, _novelty, total) => streaming({ ...lane, sinks: 0 }, total),
  streaming: (lane, _score, _novelty, total) => streaming(lane, total),
  tree: (lane, score, _novelty, total) => tree(lane, 'left', score, total),
  'tree-keep-right': (lane, score, _novelty, total) => tree(lane, 'right', score, total),
  h2o: (lane, score = unknown, _novelty, total, batch) => keepTop(lane, total, batch, () => score),
  tova: (lane, score = unknown, _novelty, total, batch) => keepTop({ ...lane, recent: 1 }, total, batch, () => score),
  snapkv: (lane, score = unknown, _novelty, total, batch) => keepTop(lane, total, batch, (competing) => pooled(competing, score)),
  keydiff: (lane, score = unknown, _novelty, total, batch) => keepTop(lane, total, batch, () => score),
  cascade: (lane, score, _novelty, total) => cascade(lane, score, total),
  hybrid,
};

const random = new Random(7);

function randomCase(scored: boolean): Case {
  const capacity = random.whole(1, 70);
  const sinks = random.whole(0, Math.min(4, capacity));
  // now and then a recent window that leaves no tree, or does not even fit
  const recent = random.fraction() < 0.1 ? capacity : random.whole(0, capacity - sinks);
  const total = random.whole(1, 500);
  return {
    lane: {
      capacity,
      sinks,
      recent,
      block: random.whole(1, 8),
      cursor: random.whole(0, capacity),
      outliers: random.one([0, random.whole(1, 10), capacity]),
    },
    scores: scored ? random.scores(total) : undefined,
    novelty: random.fraction() < 0.8 ? random.scores(total) : undefined,
    total,
  };
}

function shapeOf(policy: string, { lane, scores, novelty }: Case): Shape {
  return { policy, ...lane, ...(scores && { scores }), ...(novelty && { novelty }) };
}

const plain = (shape: Partial<Shape>): Shape => ({ policy: 'tree', capacity: 4, sinks: 0, recent: 0, cursor: 0, ...shape });

it('has a reference for every policy', () => {
  expect(Object.keys(references).toSorted()).toEqual(pure.policies().toSorted());
});

describe('tree', () => {
  // ../shared/algorithms.md, section 2: C = 4, prose cursor, tokens from 1
  const dropLeft = { 5: [2, 3, 4, 5], 8: [2, 4, 6, 8], 12: [4, 8, 10, 12], 16: [8, 12, 14, 16], 17: [12, 14, 16, 17] };
  const dropRight = { 5: [1, 3, 4, 5], 8: [1, 3, 5, 7], 12: [1, 5, 9, 11], 16: [1, 9, 13, 15], 17: [1, 13, 15, 17] };
  const constant = new Float32Array(17).fill(0.25);
  it.each([
    ['tree-keep-right', 'without scores', undefined, dropLeft],
    ['tree', 'without scores', undefined, dropRight],
    // a tie drops the left one, as the paper says
    ['tree', 'with equal scores', constant, dropLeft],
    ['tree-keep-right', 'with equal scores', constant, dropLeft],
    ['tree', 'with scores not known', constant.map(() => NaN), dropRight],
    ['tree-keep-right', 'with scores not known', constant.map(() => NaN), dropLeft],
    // the newer is always better, or always worse
    ['tree', 'with rising scores', constant.map((_, i) => i), dropLeft],
    ['tree', 'with falling scores', constant.map((_, i) => -i), dropRight],
  ])('%s %s keeps what the golden vectors say', (policy, _, scores, golden) => {
    for (const [total, expected] of Object.entries(golden)) {
      const shape = plain({ policy, ...(scores && { scores: scores.slice(0, Number(total)) }) });
      expect(kept(shape, Number(total))).toEqual(expected);
      expect(kept(shape, Number(total), 3)).toEqual(expected);
    }
  });

  it('keeps a token that scores high for ever, and loses one that scores low at its first duel', () => {
    const scores = new Float32Array(400).fill(0.5);
    scores[100] = 0.9;
    scores[200] = 0.1;
    const tokens = kept(plain({ capacity: 32, sinks: 4, recent: 8, scores }), 400, 16);
    expect(tokens).toContain(101);
    expect(tokens).not.toContain(201);
  });

  it('thins out by halves with age, as the figure of the paper does', () => {
    const capacity = 512;
    const tokens = kept(plain({ policy: 'tree-keep-right', capacity }), capacity * 32, 128);
    const perAge = Array.from(
      { length: 8 },
      (_, age) => tokens.filter((t) => t > capacity * (31 - age) && t <= capacity * (32 - age)).length,
    );
    expect(perAge).toEqual([256, 128, 64, 32, 16, 8, 4, 2]);
  });

  it('keeps blocks whole: what is old is kept in runs of the block’s length', () => {
    const tokens = kept(plain({ capacity: 132, sinks: 4, recent: 64, block: 8 }), 300, 50).filter((t) => t > 4 && t < 210);
    const runs: number[] = [];
    tokens.forEach((t, i) => {
      if (t === (tokens[i - 1] ?? -1) + 1) runs[runs.length - 1]!++;
      else runs.push(1);
    });
    expect(runs.length).toBeGreaterThan(3);
    expect(runs.every((length) => length % 8 === 0)).toBe(true);
  });
});

describe('golden vectors by hand', () => {
  it('h2o: the heaviest of all stay beside sinks and newest', () => {
    const scores = Float32Array.of(0, 9, 1, 8, 2, 7, 3, 0, 0);
    expect(kept(plain({ policy: 'h2o', capacity: 6, sinks: 1, recent: 2, scores }), 9, 9)).toEqual([1, 2, 4, 6, 8, 9]);
  });

  it('tova: there is no recent window beside the newest token', () => {
    const scores = Float32Array.of(0, 9, 1, 8, 2, 7, 3, 0, 0);
    expect(kept(plain({ policy: 'tova', capacity: 6, sinks: 1, recent: 2, scores }), 9, 9)).toEqual([1, 2, 4, 6, 7, 9]);
  });

  it('snapkv: the neighbours of a token that is looked at stay with it', () => {
    const scores = Float32Array.of(0, 0.4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0);
    expect(kept(plain({ policy: 'snapkv', capacity: 8, sinks: 1, recent: 2, scores }), 12, 12)).toEqual([1, 5, 6, 7, 8, 9, 11, 12]);
  });

  it('what is not known stays until nothing else is left, then the oldest goes', () => {
    const scores = Float32Array.of(5, NaN, 3, NaN, 4, NaN, 1, 2);
    const shape = plain({ policy: 'keydiff', recent: 2, scores });
    expect(kept({ ...shape, capacity: 6 }, 8, 8)).toEqual([1, 2, 4, 6, 7, 8]);
    expect(kept({ ...shape, capacity: 4 }, 8, 8)).toEqual([4, 6, 7, 8]);
  });

  it('cascade: every sub-cache holds tokens twice as far apart as the one before', () => {
    const tokens = kept(plain({ policy: 'cascade', capacity: 34, sinks: 2 }), 1000, 100);
    const gaps = tokens.slice(2).map((token, i, all) => (i === 0 ? 0 : token - all[i - 1]!));
    expect(gaps.slice(1, 8)).toEqual(Array(7).fill(8));
    expect(gaps.slice(9, 16)).toEqual(Array(7).fill(4));
    expect(gaps.slice(17, 24)).toEqual(Array(7).fill(2));
    expect(gaps.slice(25)).toEqual(Array(7).fill(1));
  });

  it('hybrid: a novel token that the tree would lose stays, wherever it stands', () => {
    const novelty = new Float32Array(600).fill(0.5);
    const needles = [38, 151, 290];
    for (const needle of needles) novelty[needle - 1] = 0.9;
    const shape = plain({ capacity: 40, sinks: 4, recent: 16, novelty });
    expect(needles.filter((n) => kept({ ...shape, policy: 'tree' }, 600, 20).includes(n))).toEqual([]);
    expect(needles.filter((n) => kept({ ...shape, policy: 'hybrid', outliers: 3 }, 600, 20).includes(n))).toEqual(needles);
  });
});

describe.each(Object.keys(references))('%s', (policy) => {
  const evicts = policy !== 'full';

  it.each([
    ['without scores', false],
    ['with scores', true],
  ])('%s agrees with the reference, however the tokens are chunked', (_, scored) => {
    let evictions = 0;
    for (let i = 0; i < 300; i++) {
      const c = randomCase(scored);
      for (const batch of [1, random.whole(2, 9), random.whole(10, 80), 1000]) {
        const expected = references[policy]!(c.lane, c.scores && lookUp(c.scores), c.novelty ? lookUp(c.novelty) : unknown, c.total, batch);
        expect(kept(shapeOf(policy, c), c.total, batch), JSON.stringify({ ...c.lane, total: c.total, batch })).toEqual(expected);
        evictions += c.total - expected.length;
      }
    }
    if (evicts) expect(evictions).toBeGreaterThan(100_000);
  });

  it('conserves the budget, the sinks, the newest and the order', () => {
    for (let i = 0; i < 200; i++) {
      const c = randomCase(i % 2 === 0);
      const { capacity, sinks, recent } = c.lane;
      const tokens = kept(shapeOf(policy, c), c.total, random.whole(1, 200));
      expect(tokens).toHaveLength(evicts ? Math.min(c.total, capacity) : c.total);
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
      const first = policy === 'window' ? 0 : Math.min(sinks, c.total);
      expect(tokens.slice(0, first)).toEqual(Array.from({ length: first }, (_, j) => j + 1));
      const window = { tova: 1, cascade: Math.ceil((capacity - sinks) / 4) }[policy] ?? recent;
      const newest = Math.min(window, c.total, capacity - (policy === 'window' ? 0 : sinks));
      expect(tokens.slice(tokens.length - newest)).toEqual(Array.from({ length: newest }, (_, j) => c.total - newest + 1 + j));
    }
  });
});

describe('one at a time and many at once agree', () => {
  it.each(['window', 'streaming', 'tree', 'tree-keep-right', 'cascade'])('for %s, as long as no score changes', (policy) => {
    for (let i = 0; i < 200; i++) {
      const c = randomCase(i % 2 === 0);
      const single = kept(shapeOf(policy, c), c.total, 1);
      for (const batch of [2, 13, 64, 1000]) expect(kept(shapeOf(policy, c), c.total, batch)).toEqual(single);
    }
  });

  it('for hybrid without outliers, which is the tree', () => {
    for (let i = 0; i < 200; i++) {
      const c = randomCase(i % 2 === 0);
      c.lane.outliers = 0;
      const single = kept(shapeOf('tree', c), c.total, 1);
      for (const batch of [1, 13, 1000]) expect(kept(shapeOf('hybrid', c), c.total, batch)).toEqual(single);
    }
  });
});

describe('what a policy says of itself', () => {
  it.each([
    ['full', false, 'none', false, false],
    ['window', true, 'none', false, false],
    ['streaming', true, 'none', false, false],
    ['tree', true, null, false, true],
    ['tree-keep-right', true, null, false, false],
    ['h2o', true, 'attention-sum', false, false],
    ['tova', true, 'attention-last', false, false],
    ['snapkv', true, 'attention-last', false, false],
    ['keydiff', true, 'keydiff', false, false],
    ['cascade', true, 'attention', false, false],
    ['hybrid', true, null, true, true],
  ])('%s', (policy, evicts, score, wantsNovelty, staggers) => {
    expect(pure.traits(policy)).toEqual({ evicts, score, wantsNovelty, staggers });
    if (score !== null) expect(pure.scores()).toContain(score);
  });
});
