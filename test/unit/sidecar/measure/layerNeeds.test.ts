/** What a repeated text says of the layers: who wins where all compete, and what that makes of a budget. */
import { describe, expect, it } from 'vitest';
import type { LayerNeeds } from '../../../../src/protocol';
import { neededBudgets, type AllocationPlan } from '../../../../src/sidecar/engine/allocation';
import { temporaryBudgetMemory } from '../../../../src/sidecar/engine/budgetMemory';
import { LayerShares } from '../../../../src/sidecar/engine/layerShares';
import { defaultTuning } from '../../../../src/sidecar/engine/tuning';
import { Random } from '../../../engine/reference/random';
import { needsFrom } from '../../../../src/sidecar/measure/layerNeeds';

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
const plan: AllocationPlan = {
  ...{ allocator: 'replay', policy: 'hybrid', score: 'keydiff', keyType: 'f16', valueType: 'f16' },
  ...{ mean: 1280, staging: 256, tuning: defaultTuning, fingerprint: 'abc' },
};
/** Two layers of 64 entries: of the first, `ratio` at a time, the highest peaks are all its own. */
const oneSided = [[Float32Array.from({ length: 64 }, (_, i) => 0.5 + i / 128), Float32Array.from({ length: 64 }, (_, i) => i / 1280)]];

describe('the needs of the layers', () => {
  it('are what each wins of the highest peaks', () => {
    const { ratios, shares } = needsFrom(oneSided);
    expect(ratios).toEqual([2, 4, 8, 16, 32, 64]);
    // 64 of 128 stay: just those of the first layer, which keeps twice the mean; from there on there is nothing left to win
    for (const share of shares) expect(share).toEqual([2, 0]);
  });

  it('are even where the layers are alike, and of several pieces together', () => {
    const piece = (from: number) => [0, 1, 2].map(() => Float32Array.from({ length: 512 }, (_, i) => ((i * 37 + from) % 512) / 512));
    for (const share of needsFrom([piece(0), piece(100)]).shares) share.forEach((part) => expect(part).toBeCloseTo(1, 5));
    const other = needsFrom([piece(0), piece(0).map((layer, i) => (i === 0 ? layer : layer.map(() => 0)))]);
    expect(other.shares[0]![0]).toBeGreaterThan(other.shares[0]![1]!);
  });

  it('have a mean of one, whatever was seen, heads and pieces of any number', () => {
    const numbers = new Random(7);
    const random = () => numbers.fraction();
    for (let round = 0; round < 200; round++) {
      const [layers, heads] = [1 + Math.floor(8 * random()), 1 + Math.floor(3 * random())];
      const steep = 1 + 9 * random();
      const piece = () => Array.from({ length: layers }, () => Float32Array.from({ length: 16 * heads }, () => random() ** steep));
      for (const share of needsFrom([piece(), piece()]).shares) {
        expect(sum(share) / layers).toBeCloseTo(1, 5);
        expect(Math.min(...share)).toBeGreaterThanOrEqual(0);
      }
    }
  });
});

describe('budgets by need', () => {
  const needs: LayerNeeds = {
    ratios: [2, 8, 32],
    shares: [
      [1.2, 1, 0.8],
      [2, 0.5, 0.5],
      [2.8, 0.2, 0],
    ],
  };
  it('follow how much is read for each entry, between what was measured in proportion, and go no further than it', () => {
    const at = (tokens: number) => neededBudgets(plan, needs, tokens);
    expect(at(8 * 1024)).toEqual({ allocator: 'replay', ratio: 8, budgets: [2080, 896, 864] });
    // twice a doubling above 8 is 32; one doubling lies half way
    const between = at(16 * 1024);
    expect(between.budgets[0]).toBeCloseTo(256 + 32 + 992 * (0.2 + 0.8 * 2.4), -2);
    expect(at(1024).budgets).toEqual(at(2048).budgets);
    expect(at(1e9).budgets).toEqual(at(32 * 1024).budgets);
    for (const tokens of [1024, 3000, 20_000, 1e6]) {
      expect(sum(at(tokens).budgets)).toBe(3 * plan.mean);
      // a fifth of the mean, whatever a layer needs
      expect(Math.min(...at(tokens).budgets)).toBeGreaterThanOrEqual(plan.staging + 0.2 * 1024 - 32);
    }
  });

  it('take a single measured ratio for all', () => {
    const one = { ratios: [8], shares: [[2, 0.5, 0.5]] };
    expect(neededBudgets(plan, one, 100).budgets).toEqual(neededBudgets(plan, one, 1e6).budgets);
  });

  const shares = (memory = temporaryBudgetMemory(), changed: Partial<AllocationPlan> = {}, layers = 3) => {
    const equal = { allocator: 'uniform' as const, budgets: Array.from({ length: layers }, () => plan.mean) };
    const native = { allocate: () => expect.fail('nothing is allocated'), cluster: () => [] };
    return new LayerShares({
      native,
      plan: { ...plan, ...changed },
      layers,
      memory,
      asked: [plan.mean],
      start: equal,
      rebudget: () => undefined,
    });
  };

  it('are measured before the first reading that evicts, once for a model, and stay equal where everything fits', () => {
    const memory = temporaryBudgetMemory();
    const first = shares(memory);
    expect(first.measuresBefore(900)).toBe(false);
    expect(first.measuresBefore(20_000)).toBe(true);
    expect(first.forReading(20_000).allocator).toBe('uniform');
    first.needing(needs);
    const second = shares(memory);
    expect(second.measuresBefore(20_000)).toBe(false);
    expect(second.forReading(8 * 1024)).toMatchObject({ allocator: 'replay', ratio: 8 });
    expect(second.forReading(900).allocator).toBe('uniform');
    // another model has needs of its own
    expect(shares(memory, { fingerprint: 'abd' }).measuresBefore(20_000)).toBe(true);
    for (const allocator of ['uniform', 'measured'] as const) expect(shares(memory, { allocator }).measuresBefore(20_000)).toBe(false);
  });

  it('of a memory that is there are worth another reading only where there is much more for each entry, or they were not known', () => {
    const memory = temporaryBudgetMemory();
    memory.needs.set('abc', needs);
    const own = shares(memory);
    expect(own.betterFor(20_000)).toMatchObject({ allocator: 'replay' });
    own.became(own.forReading(8 * 1024));
    for (const tokens of [8 * 1024, 9000, 15 * 1024, 5 * 1024]) expect(own.betterFor(tokens)).toBeUndefined();
    for (const tokens of [17 * 1024, 4 * 1024]) expect(own.betterFor(tokens)).toMatchObject({ allocator: 'replay', ratio: tokens / 1024 });
    expect(own.betterFor(900)).toMatchObject({ allocator: 'uniform' });
  });

  it.each([
    ['layers of another number', { ratios: [8], shares: [[1, 1]] }],
    ['lists that are missing', { ratios: [8, 16], shares: [[1, 1, 1]] }],
    [
      'ratios that do not ascend',
      {
        ratios: [16, 8],
        shares: [
          [1, 1, 1],
          [1, 1, 1],
        ],
      },
    ],
    ['nothing for any layer', { ratios: [8], shares: [[0, 0, 0]] }],
  ])('of a damaged file with %s are measured again', (_, damaged) => {
    const memory = temporaryBudgetMemory();
    memory.needs.set('abc', damaged);
    expect(shares(memory).measuresBefore(20_000)).toBe(true);
    expect(shares(memory).forReading(20_000).allocator).toBe('uniform');
  });

  it('are not asked for where one layer has a budget', () => {
    expect(shares(temporaryBudgetMemory(), {}, 1).measuresBefore(20_000)).toBe(false);
  });
});
