/** What the pure functions of the addon refuse, and that they refuse it instead of crashing. */
import { describe, expect, it } from 'vitest';
import { pure } from './pure';

const simulate = pure.simulate as (...args: unknown[]) => Int32Array;
const allocate = pure.allocate as (...args: unknown[]) => number[];
const cluster = pure.cluster as (...args: unknown[]) => number[];

const shape = { policy: 'tree', capacity: 8, sinks: 1, recent: 2, cursor: 0 };
const request = { allocator: 'squeeze', mean: 64, layers: [{ cosine: 0.1 }, { cosine: 0.5 }, { cosine: 0.9 }] };
const weights = Float32Array.of(0.5, 0.25, 0.25);
const thrower = (key: string) => ({
  get [key](): never {
    throw new Error('from the getter');
  },
});
/** a Float32Array whose memory was taken away */
function detached(length: number): Float32Array {
  const array = new Float32Array(length);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

const notCounts = [-1, 0.5, NaN, Infinity, -Infinity, 2 ** 32, 2 ** 53, 1e300];
const notNumbers = ['1', null, true, {}, [], 1n, Symbol('1'), () => 1];

describe('simulate', () => {
  it('takes the options it is given here', () => {
    expect(simulate(shape, 20, 4)).toHaveLength(8);
    expect(simulate({ ...shape, scores: new Float32Array(20) }, 20, 4)).toHaveLength(8);
    expect(simulate({ ...shape, capacity: 0 }, 20, 4)).toHaveLength(0);
    expect(simulate(shape, 0, 4)).toHaveLength(0);
  });

  const numbers = ['capacity', 'sinks', 'recent', 'cursor', 'block', 'outliers'];
  it.each(numbers)('refuses a %s that is no count', (key) => {
    for (const value of notCounts) expect(() => simulate({ ...shape, [key]: value }, 20, 4)).toThrow(RangeError);
    for (const value of notNumbers) expect(() => simulate({ ...shape, [key]: value }, 20, 4)).toThrow(TypeError);
    expect(() => simulate({ ...shape, [key]: -1 }, 20, 4)).toThrow(key);
  });

  it('refuses a total or a batch that is no count', () => {
    for (const value of notCounts) {
      expect(() => simulate(shape, value, 4)).toThrow(RangeError);
      expect(() => simulate(shape, 20, value)).toThrow(RangeError);
    }
    for (const value of [...notNumbers, undefined]) {
      expect(() => simulate(shape, value, 4)).toThrow(TypeError);
      expect(() => simulate(shape, 20, value)).toThrow(TypeError);
    }
    expect(() => simulate(shape, 20, 0)).toThrow(RangeError);
    expect(() => simulate({ ...shape, block: 0 }, 20, 4)).toThrow(RangeError);
  });

  it('refuses options that are none, and policies that are none', () => {
    for (const options of [undefined, null, 7, 'tree']) expect(() => simulate(options, 20, 4)).toThrow(TypeError);
    expect(() => simulate({}, 20, 4)).toThrow(TypeError);
    expect(() => simulate({ ...shape, policy: 7 }, 20, 4)).toThrow(TypeError);
    expect(() => simulate({ ...shape, policy: 'trees' }, 20, 4)).toThrow(/no policy 'trees'; there are full, window,/);
    expect(() => simulate({ ...shape, policy: 'tree\0' }, 20, 4)).toThrow(RangeError);
  });

  it.each(['scores', 'novelty'])('refuses %s that are not one number per token', (key) => {
    for (const length of [0, 19, 21]) {
      expect(() => simulate({ ...shape, [key]: new Float32Array(length) }, 20, 4)).toThrow(`${key} must hold one number per token`);
    }
    expect(() => simulate({ ...shape, [key]: detached(20) }, 20, 4)).toThrow(RangeError);
    for (const value of [new Float64Array(20), new Uint8Array(20), new DataView(new ArrayBuffer(80)), Array(20).fill(0), null]) {
      expect(() => simulate({ ...shape, [key]: value }, 20, 4)).toThrow(TypeError);
    }
  });

  it('reads scores once, so a later getter cannot pull them away', () => {
    const scores = Float32Array.from({ length: 20 }, (_, i) => i % 5);
    const expected = Array.from(simulate({ ...shape, scores: scores.slice() }, 20, 4));
    const options = {
      ...shape,
      scores,
      get novelty() {
        structuredClone(scores.buffer, { transfer: [scores.buffer] });
        return undefined;
      },
    };
    expect(Array.from(simulate(options, 20, 4))).toEqual(expected);
    expect(scores).toHaveLength(0);
  });

  it('passes on what a getter throws', () => {
    for (const key of ['policy', 'capacity', 'scores', 'novelty', 'outliers']) {
      const options = Object.defineProperty({ ...shape }, key, Object.getOwnPropertyDescriptor(thrower(key), key)!);
      expect(() => simulate(options, 20, 4)).toThrow('from the getter');
    }
  });

  it('survives numbers that fit together badly', () => {
    for (const policy of pure.policies()) {
      for (const [capacity, sinks, recent] of [
        [0, 9, 9],
        [1, 0, 0],
        [1, 1, 1],
        [2, 10_000_000, 10_000_000],
        [5, 5, 0],
        [5, 0, 5],
        [10_000_000, 0, 0],
      ]) {
        const odd = { policy, capacity, sinks, recent, cursor: 10_000_000, block: 10_000_000, outliers: 10_000_000 };
        const all = { ...odd, scores: new Float32Array(50).fill(Infinity), novelty: new Float32Array(50).fill(-Infinity) };
        for (const options of [odd, all]) {
          for (const batch of [1, 7, 10_000_000])
            expect(simulate(options, 50, batch)).toHaveLength(policy === 'full' ? 50 : Math.min(50, capacity!));
        }
      }
    }
  });

  it('refuses what would take for ever', () => {
    expect(() => simulate({ ...shape, capacity: 1_000_000 }, 10_000_000, 1)).toThrow('too long');
    expect(() => simulate({ ...shape, policy: 'full' }, 10_000_000, 1)).toThrow('too long');
  });
});

describe('allocate', () => {
  it('takes the request it is given here', () => {
    expect(allocate(request)).toEqual([85, 85, 22]);
  });

  it.each([
    [{ layers: [] }, 'no layers'],
    [{ mean: 0 }, 'at least 1'],
    [{ step: 0 }, 'step must be at least 1'],
    [{ step: 256 }, 'the mean budget (64) must be a multiple of the step (256)'],
    [{ floor: 65 }, 'at least the floor of 65'],
    [{ cap: 63 }, 'at most the cap of 63'],
    [{ p: 0 }, 'p must'],
    [{ p: 1.1 }, 'p must'],
    [{ p: NaN }, 'p must'],
    [{ beta: 0.9 }, 'beta must'],
    [{ beta: Infinity }, 'beta must'],
    [{ beta: NaN }, 'beta must'],
    [{ lazy: -0.1 }, 'lazy must'],
    [{ lazy: NaN }, 'lazy must'],
    [{ layers: [{ cosine: 0.5 }, { cosine: NaN }] }, 'layer 1 has no cosine'],
    [{ layers: [{ cosine: 0.5 }, {}] }, 'layer 1 has no cosine'],
    [{ layers: [{ cosine: Infinity }] }, 'layer 0 has no cosine'],
    [{ allocator: 'prefix' }, 'layer 0 has no attention'],
    [{ allocator: 'lazy', layers: [{ attention: weights }, {}] }, 'layer 1 has no attention'],
    [{ allocator: 'prefix', layers: [{ attention: Float32Array.of(1, -1) }] }, 'negative'],
    [{ allocator: 'prefix', layers: [{ attention: Float32Array.of(1, NaN) }] }, 'no number'],
    [{ allocator: 'lazy', layers: [{ attention: Float32Array.of(Infinity) }] }, 'no number'],
    [{ allocator: 'lazy', layers: [{ attention: new Float32Array(9) }] }, 'all zero'],
    [{ allocator: 'greedy' }, "no allocator 'greedy'; there are uniform, squeeze,"],
    [{ layers: Array(1025).fill({ cosine: 0.5 }) }, 'at most 1024 layers'],
  ])('%j: %s', (change, complaint) => {
    expect(() => allocate({ ...request, ...change })).toThrow(RangeError);
    expect(() => allocate({ ...request, ...change })).toThrow(complaint);
  });

  it('does not miss what the allocator does not ask for', () => {
    for (const allocator of ['uniform', 'pyramid']) expect(allocate({ allocator, mean: 8, layers: [{}, {}] })).toHaveLength(2);
  });

  it('refuses what is not of the right kind', () => {
    for (const value of [...notNumbers, null]) {
      for (const key of ['mean', 'floor', 'cap', 'step', 'p', 'beta', 'sinks', 'recent', 'lazy']) {
        expect(() => allocate({ ...request, [key]: value })).toThrow(TypeError);
      }
      expect(() => allocate({ ...request, layers: [{ cosine: value }] })).toThrow(TypeError);
      expect(() => allocate({ ...request, layers: [{ cosine: 0.5, attention: value }] })).toThrow(TypeError);
    }
    for (const key of ['mean', 'floor', 'cap', 'step', 'sinks', 'recent']) {
      for (const value of notCounts) expect(() => allocate({ ...request, [key]: value })).toThrow(RangeError);
    }
    for (const layers of [undefined, null, 3, 'abc', {}, { length: 2 }, weights, [7], [null], [undefined], Array(3)]) {
      expect(() => allocate({ ...request, layers })).toThrow(TypeError);
    }
    for (const options of [undefined, null, 7, 'squeeze']) expect(() => allocate(options)).toThrow(TypeError);
    expect(() => allocate({ ...request, allocator: 'lazy', layers: [{ attention: detached(4) }] })).toThrow('no attention');
  });

  it('passes on what a getter throws', () => {
    expect(() => allocate({ ...request, layers: [thrower('cosine')] })).toThrow('from the getter');
    expect(() => allocate({ ...request, layers: Object.defineProperty([], '0', { get: () => thrower('attention') }) })).toThrow(
      'from the getter',
    );
  });

  it('works at the limits', () => {
    const mean = 1_000_000_000;
    const budgets = allocate({ allocator: 'pyramid', mean, beta: 1e30, layers: Array(1024).fill({}) });
    expect(budgets.reduce((a, b) => a + b, 0)).toBe(1024 * mean);
    const squeezed = allocate({
      allocator: 'squeeze',
      mean,
      p: 1e-30,
      layers: Array.from({ length: 1024 }, (_, i) => ({ cosine: i === 0 ? -1 : 1 })),
    });
    expect(squeezed.reduce((a, b) => a + b, 0)).toBe(1024 * mean);
    expect(Math.max(...squeezed)).toBeLessThan(2 ** 32);
  });
});

describe('cluster', () => {
  it('refuses values and counts that are none', () => {
    for (const values of [undefined, null, 3, 'abc', {}, weights, new BigInt64Array(3), ['1'], [null], Array(2)]) {
      expect(() => cluster(values, 3)).toThrow(TypeError);
    }
    for (const values of [[NaN], [1, Infinity], Float64Array.of(-Infinity), Array(1025).fill(0), Array(4_000_000_000)]) {
      expect(() => cluster(values, 3)).toThrow(RangeError);
    }
    for (const k of [0, ...notCounts]) expect(() => cluster([1], k)).toThrow(RangeError);
    for (const k of [undefined, ...notNumbers]) expect(() => cluster([1], k)).toThrow(TypeError);
    expect(() => cluster(Object.defineProperty([], '0', { get: () => thrower('x')['x'] }), 3)).toThrow('from the getter');
  });

  it('works at the limits', () => {
    const classes = cluster(
      Float64Array.from({ length: 1024 }, (_, i) => (i % 2 === 0 ? i : -i) * 1e150),
      1024,
    );
    expect(new Set(classes).size).toBe(1024);
  });
});
