/** The search for budgets, on losses that are known. */
import { describe, expect, it } from 'vitest';
import { searchBudgets, type SearchOptions } from '../../../../src/sidecar/engine/measuredBudgets';

/** Each layer loses its weight times the inverse of what it keeps. */
function synthetic(weights: readonly number[]) {
  const asked: number[][] = [];
  const loss = (budgets: number[]) => {
    asked.push(budgets);
    return Promise.resolve(budgets.reduce((sum, budget, layer) => sum + (weights[layer] ?? 0) / budget, 0));
  };
  return { loss, asked };
}

const options: SearchOptions = { layers: 8, mean: 256, floor: 32, step: 32, evaluations: 40 };
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

describe('the search', () => {
  it('finds the layer that matters and gives it the most', async () => {
    const { loss, asked } = synthetic([1, 1, 1, 1, 1, 1, 1, 400]);
    const found = await searchBudgets(loss, options);
    expect(found.budgets.indexOf(Math.max(...found.budgets))).toBe(7);
    expect(found.budgets[7]).toBeGreaterThanOrEqual(3 * 256);
    expect(found.sensitivities.indexOf(Math.max(...found.sensitivities.map((value) => value ?? 0)))).toBe(7);
    expect(found.loss).toBeLessThan(0.5 * found.uniformLoss);
    // What it says is what it measured.
    expect(found.loss).toBe(await loss(found.budgets));
    expect(found.uniformLoss).toBe(await loss(asked[0]!));
  });

  it.each([
    ['as given', {}],
    ['single entries', { step: 1, mean: 251 }],
    ['a mean that is no multiple of the step', { mean: 250 }],
    ['more layers than groups', { layers: 37 }],
    ['one layer', { layers: 1 }],
    ['no room to move', { mean: 32 }],
  ])('conserves the total and keeps every floor: %s', async (_, changed) => {
    const asked = { ...options, ...changed };
    const { loss, asked: tried } = synthetic(Array.from({ length: asked.layers }, (_, i) => (i * 7919) % 13));
    const found = await searchBudgets(loss, asked);
    for (const budgets of [...tried, found.budgets]) {
      expect(sum(budgets)).toBe(asked.layers * asked.mean);
      expect(Math.min(...budgets)).toBeGreaterThanOrEqual(asked.floor);
    }
    expect(found.loss).toBeLessThanOrEqual(found.uniformLoss);
  });

  it.each([1, 5, 9, 12, 40])('reads the text at most %i times', async (evaluations) => {
    const { loss, asked } = synthetic([3, 1, 4, 1, 5, 9, 2, 6]);
    const told: number[] = [];
    const found = await searchBudgets(loss, { ...options, evaluations, onEvaluation: (done) => told.push(done) });
    expect(asked.length).toBeLessThanOrEqual(evaluations);
    expect(found.evaluations).toBe(asked.length);
    expect(told).toEqual(asked.map((_, i) => i + 1));
    expect(found.sensitivities.filter((value) => value !== undefined)).toHaveLength(Math.min(8, evaluations - 1));
  });

  it('reads no oftener when nobody listens', async () => {
    const { loss, asked } = synthetic([3, 1, 4, 1, 5, 9, 2, 6]);
    await searchBudgets(loss, { ...options, evaluations: 12 });
    expect(asked.length).toBeLessThanOrEqual(12);
  });

  it.each([1, 3, 8, 20])('tells at most %i groups apart', async (groups) => {
    const { loss, asked } = synthetic([3, 1, 4, 1, 5, 9, 2, 6]);
    const found = await searchBudgets(loss, { ...options, evaluations: 1 + Math.min(groups, 8), groups });
    expect(new Set(found.sensitivities).size).toBeLessThanOrEqual(groups);
    expect(asked.length).toBe(groups === 1 ? 1 : 1 + Math.min(groups, 8));
  });

  it('keeps equal budgets when no other is better', async () => {
    const { loss } = synthetic([1, 1, 1, 1, 1, 1, 1, 1]);
    expect((await searchBudgets(loss, options)).budgets).toEqual(Array.from({ length: 8 }, () => 256));
  });

  it('ends when a loss is no number', async () => {
    const found = await searchBudgets(() => Promise.resolve(NaN), options);
    expect(found.budgets).toEqual(Array.from({ length: 8 }, () => 256));
  });
});
