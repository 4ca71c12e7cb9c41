/** The shares that ship: of the model that ships, and conserving the budget. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startingBudgets, type AllocationPlan } from '../../../src/sidecar/engine/allocation';
import { fingerprint } from '../../../src/sidecar/engine/fingerprint';
import { knownShares } from '../../../src/sidecar/engine/knownShares';
import { defaultTuning } from '../../../src/sidecar/engine/tuning';

const nothing = { recall: () => undefined, remember: () => undefined };
const native = { allocate: () => [] };
const plan = (changes: Partial<AllocationPlan>): AllocationPlan => ({
  allocator: 'measured',
  policy: 'hybrid',
  score: 'keydiff',
  mean: 512,
  staging: 128,
  tuning: defaultTuning,
  fingerprint: 'unknown',
  ...changes,
});

describe('known shares', () => {
  it('belong to the bundled model and give more to its late layers, the total conserved', async () => {
    const mark = await fingerprint(join(import.meta.dirname, '../../../media/bonsai-demo-q8_0.gguf'));
    expect(knownShares(mark)).toHaveLength(8);
    for (const mean of [224, 512, 1001, 2048]) {
      const { budgets, measure } = startingBudgets(native, plan({ mean, fingerprint: mark }), 8, nothing, () => undefined);
      expect(measure).toBe(false);
      expect(budgets.reduce((a, b) => a + b)).toBe(8 * mean);
      expect(Math.min(...budgets)).toBeGreaterThan(128);
      expect(budgets[7]).toBeGreaterThan(budgets[1]!);
    }
  });

  it('are not applied to another number of layers, nor to another model', async () => {
    const mark = await fingerprint(join(import.meta.dirname, '../../../media/bonsai-demo-q8_0.gguf'));
    for (const [layers, of] of [
      [12, mark],
      [8, 'unknown'],
    ] as const)
      expect(startingBudgets(native, plan({ fingerprint: of }), layers, nothing, () => undefined)).toMatchObject({
        budgets: [512],
        unmeasured: true,
        notice: expect.stringContaining('bonsai calibrate') as string,
      });
  });
});
