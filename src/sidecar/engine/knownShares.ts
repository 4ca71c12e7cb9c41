/**
 * How the layers of models we have measured share the budget, so that nobody has to calibrate them: found by
 * `bonsai calibrate` (measuredBudgets.ts). By the fingerprint of the model file; 1 is the mean.
 */
const shares: Readonly<Record<string, readonly number[]>> = {
  // The demo model: node_modules/eslint/lib, 6,000 tokens, budget 256, chunks of 32, three policies averaged.
  '35dba53180bd522b3c98cb7d0e125fb5': [0.5, 0.375, 0.375, 0.4375, 1.375, 1.4375, 1.375, 2.125],
};

/** @returns one share per layer, or undefined for a model that has not been measured */
export function knownShares(fingerprint: string): readonly number[] | undefined {
  return shares[fingerprint];
}
