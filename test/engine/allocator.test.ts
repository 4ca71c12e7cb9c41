/** Allocators: who gets how much, and that nothing is lost on the way. References: reference/. */
import { describe, expect, it } from 'vitest';
import { pure, type Layer, type Request } from './pure';
import { leastSpread, spread } from './reference/partition';
import { prefixCounts } from './reference/prefixCounts';
import { Random } from './reference/random';
import { waterFill } from './reference/waterFill';

const random = new Random(11);
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const ofCosines = (...cosines: number[]): Layer[] => cosines.map((cosine) => ({ cosine }));
const ofAttention = (...layers: number[][]): Layer[] => layers.map((weights) => ({ attention: Float32Array.from(weights) }));
const allocate = (allocator: string, mean: number, layers: Layer[], rest: Partial<Request> = {}) =>
  pure.allocate({ allocator, mean, layers, ...rest });

describe('cluster', () => {
  it('finds the best of all partitions', () => {
    for (let i = 0; i < 150; i++) {
      const n = random.whole(1, 7);
      const k = random.whole(1, 4);
      const coarse = random.fraction() < 0.5;
      const values = Array.from({ length: n }, () => (coarse ? random.whole(0, 5) / 4 : random.fraction()));
      const classes = pure.cluster(values, k);
      expect(spread(values, classes)).toBeCloseTo(leastSpread(values, k), 12);
      expect(Math.max(...classes) + 1).toBe(Math.min(k, new Set(values).size));
      // classes are numbered upwards, and equal values share one
      values.forEach((a, x) => {
        values.forEach((b, y) => {
          if (a < b) expect(classes[x]).toBeLessThanOrEqual(classes[y]!);
          if (a === b) expect(classes[x]).toBe(classes[y]);
        });
      });
    }
  });

  it('does not care about the order, nor about the kind of array', () => {
    const values = Array.from({ length: 40 }, () => random.fraction());
    const classes = pure.cluster(values, 3);
    expect(pure.cluster(values.toReversed(), 3).toReversed()).toEqual(classes);
    expect(pure.cluster(Float64Array.from(values), 3)).toEqual(classes);
  });

  it('keeps the higher class small where two partitions are as good, whatever the rounding', () => {
    expect(pure.cluster([0, 1, 2], 2)).toEqual([0, 0, 1]);
    expect(pure.cluster([0.1, 0.2, 0.3], 2)).toEqual([0, 0, 1]);
    expect(pure.cluster([0.97, 0.98, 0.99], 2)).toEqual([0, 0, 1]);
    expect(pure.cluster([0, 1, 2, 3], 3)).toEqual([0, 0, 1, 2]);
  });

  it('makes as many classes as there are values, at most', () => {
    expect(pure.cluster([], 3)).toEqual([]);
    expect(pure.cluster([5], 3)).toEqual([0]);
    expect(pure.cluster([5, 5, 5], 3)).toEqual([0, 0, 0]);
    expect(pure.cluster([5, 1, 5], 3)).toEqual([1, 0, 1]);
    expect(pure.cluster([0, -0], 2)).toEqual([0, 0]);
  });
});

describe('squeeze', () => {
  it('gives what the worked example of the paper gives', () => {
    const layers = Array.from({ length: 32 }, (_, i) => ({ cosine: i % 2 === 0 ? 0.9 + i * 1e-4 : i < 16 ? 0.2 : 0.5 }));
    const budgets = allocate('squeeze', 1024, layers, { p: 0.35 });
    expect(budgets).toEqual(layers.map((_, i) => (i % 2 === 0 ? 358 : 1690)));
    expect(sum(budgets)).toBe(32 * 1024);
  });

  it('gives what was measured in algorithms.md, section 6', () => {
    const budgets = allocate('squeeze', 128, ofCosines(0.57, 0.95, 0.9, 0.97, 0.97, 0.96, 0.96, 0.94));
    expect(budgets).toEqual([377, 45, 377, 45, 45, 45, 45, 45]); // there 44: not conserved
  });

  it.each([
    ['all alike', [0.5, 0.5, 0.5], [100, 100, 100]],
    ['one layer', [0.5], [100]],
    ['two kinds: the higher is squeezed', [0.9, 0.1, 0.9, 0.1], [35, 165, 35, 165]],
    ['two layers', [0.1, 0.9], [165, 35]],
    ['negative cosines', [-0.9, -0.5, -0.1], [132, 133, 35]],
  ])('%s', (_, cosines, expected) => {
    const budgets = allocate('squeeze', 100, ofCosines(...cosines));
    expect(budgets.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
    budgets.forEach((budget, i) => expect(Math.abs(budget - expected[i]!)).toBeLessThanOrEqual(1));
  });

  it('gives everyone the same for p = 1', () => {
    expect(allocate('squeeze', 100, ofCosines(0.1, 0.5, 0.9), { p: 1 })).toEqual([100, 100, 100]);
  });

  it('takes what a floor adds from the others, and gives them what a cap leaves', () => {
    expect(allocate('squeeze', 100, ofCosines(0.9, 0.1, 0.9, 0.1), { floor: 60 })).toEqual([60, 140, 60, 140]);
    expect(allocate('squeeze', 100, ofCosines(0.9, 0.1, 0.9, 0.1), { cap: 120 })).toEqual([80, 120, 80, 120]);
  });
});

describe('pyramid', () => {
  it('falls linearly from the first layer to 1 / beta of the mean in the last', () => {
    expect(allocate('pyramid', 100, [{}, {}, {}], { beta: 20 })).toEqual([195, 100, 5]);
    expect(allocate('pyramid', 100, [{}, {}, {}], { beta: 1 })).toEqual([100, 100, 100]);
    expect(allocate('pyramid', 100, [{}])).toEqual([100]);
  });

  it('leaves the recent window to every layer', () => {
    expect(allocate('pyramid', 100, [{}, {}, {}], { beta: 20, recent: 40 })).toEqual([157, 100, 43]);
    expect(allocate('pyramid', 100, [{}, {}, {}], { recent: 500 })).toEqual([100, 100, 100]);
  });
});

describe('prefix', () => {
  it('gives to layers that look at many tokens what layers that look at few do not need', () => {
    const flat = Array<number>(100).fill(0.01);
    const peaked = [0.97, ...Array<number>(99).fill(0.03 / 99)];
    const budgets = allocate('prefix', 40, ofAttention(flat, peaked));
    expect(budgets[0]! + budgets[1]!).toBe(80);
    expect(budgets[1]).toBeLessThan(5);
  });

  it('agrees with handing out one entry at a time', () => {
    for (let i = 0; i < 60; i++) {
      const n = random.whole(1, 8);
      const tokens = random.whole(40, 200);
      const layers = Array.from({ length: n }, () => {
        const sharpness = random.whole(1, 12);
        return Float32Array.from({ length: tokens }, () => random.fraction() ** sharpness);
      });
      const mean = random.whole(8, 40);
      const [floor, cap] = random.one([
        [0, 0],
        [random.whole(1, 8), 0],
        [3, mean + random.whole(0, 30)],
      ] as const);
      const budgets = allocate(
        'prefix',
        mean,
        layers.map((attention) => ({ attention })),
        { floor, cap },
      );
      const expected = prefixCounts(layers, n * mean, floor, cap || Infinity);
      // what is left when one more entry for every layer would be too much is shared out otherwise: less than n entries
      budgets.forEach((budget, l) => expect(Math.abs(budget - expected[l]!)).toBeLessThanOrEqual(n - 1));
    }
  });

  it('does not care about the scale of the weights', () => {
    const layers = [
      [1, 2, 3, 4, 5],
      [9, 1, 1, 1, 1],
    ];
    expect(allocate('prefix', 2, ofAttention(...layers))).toEqual(
      allocate('prefix', 2, ofAttention(...layers.map((l) => l.map((w) => w * 64)))),
    );
  });
});

describe('lazy', () => {
  const [head, tail, middle] = [
    [0.5, 0, 0, 0, 0, 0, 0, 0.45],
    [0, 0, 0, 0, 0, 0, 0.05, 0.95],
    [0.3, 0, 0, 0.7, 0, 0, 0, 0],
  ];
  it('lets a layer that looks at sinks and newest only keep just these', () => {
    const options = { sinks: 1, recent: 1, lazy: 0.9 };
    expect(allocate('lazy', 6, ofAttention(head, middle, tail), options)).toEqual([2, 14, 2]);
    expect(allocate('lazy', 6, ofAttention(head, middle, tail), { ...options, floor: 4 })).toEqual([4, 10, 4]);
    expect(allocate('lazy', 6, ofAttention(head, middle, tail), { ...options, lazy: 0.97 })).toEqual([2, 8, 8]);
  });

  it.each([
    ['none is lazy', [middle, middle], { sinks: 1, recent: 1 }],
    ['all are lazy', [head, tail], { sinks: 1, recent: 1 }],
    ['the window is all there is', [head, middle], { sinks: 4, recent: 4 }],
    ['the window is more than the mean', [head, middle], { sinks: 1, recent: 6, lazy: 0.5 }],
    ['there is no window', [head, middle], { sinks: 0, recent: 0 }],
  ])('is uniform where %s', (_, layers, options) => {
    expect(allocate('lazy', 6, ofAttention(...layers), options)).toEqual([6, 6]);
  });
});

/** A request that makes sense, for any allocator. */
function randomRequest(allocator: string): Request {
  const n = random.whole(1, 40);
  const step = random.one([1, 1, 16, 256]);
  const mean = step * random.whole(1, random.one([4, 60, 2000]));
  const tokens = random.whole(1, 60);
  const alike = random.fraction() < 0.1;
  const cosine = random.fraction();
  return {
    allocator,
    mean,
    step,
    floor: random.one([0, random.whole(0, mean), mean]),
    cap: random.one([0, mean, mean + random.whole(0, 3 * mean)]),
    p: random.one([0.35, 1, random.fraction() + 1e-6]),
    beta: random.one([20, 1, 1 + random.fraction() * 100]),
    sinks: random.whole(0, 8),
    recent: random.whole(0, 20),
    lazy: random.fraction(),
    layers: Array.from({ length: n }, () => ({
      cosine: alike ? cosine : random.fraction() * 2 - 1,
      attention: Float32Array.from({ length: tokens }, () => (random.fraction() < 0.2 ? 0 : random.fraction() ** 4)).fill(1e-3, 0, 1),
    })),
  };
}

/** The weights of the allocators whose weights are plain, from the papers. */
const weights: Record<string, (request: Request) => number[]> = {
  uniform: ({ layers }) => layers.map(() => 1),
  squeeze: ({ layers, p, mean }) => {
    const classes = pure.cluster(
      layers.map((l) => Math.fround(l.cosine!)),
      3,
    );
    const n3 = classes.filter((c) => c === Math.max(...classes)).length;
    const others = (layers.length * mean - n3 * p! * mean) / (layers.length - n3);
    return classes.map((c) => (n3 === layers.length ? mean : c === Math.max(...classes) ? p! * mean : others));
  },
  pyramid: ({ layers, mean, beta, recent }) => {
    const window = Math.min(recent!, mean);
    const least = (mean - window) / beta!;
    const fall = layers.length > 1 ? (2 * (mean - window) - 2 * least) / (layers.length - 1) : 0;
    return layers.map((_, i) => (layers.length > 1 ? window + 2 * (mean - window) - least - fall * i : mean));
  },
  lazy: ({ layers, mean, sinks, recent, lazy }) => {
    const window = Math.min(sinks! + recent!, mean);
    const streams = layers.map(({ attention }) => {
      const inWindow = attention!.filter((_, t) => t < sinks! || t >= attention!.length - recent!);
      return sum([...inWindow]) / sum([...attention!]) > lazy!;
    });
    const n = streams.filter((s) => s).length;
    return streams.map((s) => (n === layers.length ? 1 : s ? window : (layers.length * mean - n * window) / (layers.length - n)));
  },
};

describe.each(pure.allocators())('%s', (allocator) => {
  it('conserves the total to the entry, within floor and cap, in whole steps', () => {
    for (let i = 0; i < 2000; i++) {
      const request = randomRequest(allocator);
      const { mean, floor, cap, step, layers } = request;
      const budgets = pure.allocate(request);
      const what = JSON.stringify({ ...request, layers: layers.length });
      expect(budgets, what).toHaveLength(layers.length);
      expect(sum(budgets), what).toBe(mean * layers.length);
      expect(Math.min(...budgets), what).toBeGreaterThanOrEqual(floor!);
      expect(Math.max(...budgets), what).toBeLessThanOrEqual(cap! || Infinity);
      expect(
        budgets.every((budget) => budget % step! === 0),
        what,
      ).toBe(true);
      expect(pure.allocate(request)).toEqual(budgets);
    }
  });
});

describe.each(Object.keys(weights))('%s', (allocator) => {
  it('is less than a step from the exact proportions', () => {
    for (let i = 0; i < 1000; i++) {
      const request = randomRequest(allocator);
      const { mean, floor, cap, step, layers } = request;
      const budgets = pure.allocate(request);
      const limits = [Math.ceil(floor! / step!) * step!, Math.floor((cap! || Infinity) / step!) * step!] as const;
      const exact = waterFill(weights[allocator]!(request), mean * layers.length, limits[0], Math.min(limits[1], mean * layers.length));
      budgets.forEach((budget, l) => expect(Math.abs(budget - exact[l]!)).toBeLessThan(step! * (1 + 1e-3)));
    }
  });
});

it('hands what rounding leaves to the earlier of equal layers', () => {
  expect(allocate('squeeze', 3, ofCosines(0.9, 0.1, 0.1, 0.1), { p: 0.01 })).toEqual([0, 4, 4, 4]);
  expect(allocate('squeeze', 5, ofCosines(0.9, 0.1, 0.1, 0.1), { p: 0.01 })).toEqual([0, 7, 7, 6]);
});
