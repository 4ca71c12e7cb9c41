/**
 * Whether a restored memory is the one that was saved: a success code is not believed (llama.cpp#26676). The
 * log-probabilities of a fixed text after it depend on everything the cache holds, and must come out the same.
 */
import type { LoadedModel } from '../engine/loadedModel';
import type { Sequence, Work } from '../engine/sequence';
import { tokenizeText } from '../prompt/modelTokens';

/** Short, for it is read at every checkpoint; ordinary code, for nothing about it must be extreme. */
const probeText =
  '\nexport function size(items) {\n  let total = 0;\n  for (const item of items) total += item.length;\n  return total;\n}\n';

/** Nats per token; threads and devices add up in another order and differ by less, another text or model by far more. */
const tolerance = 0.02;

/**
 * Log-probabilities of the probe's tokens after what `sequence` holds.
 * @param sequence loses what it holds: give it a copy
 */
export async function probe(loaded: Pick<LoadedModel, 'model' | 'sampler'>, sequence: Sequence, work: Work): Promise<number[]> {
  const sampler = loaded.sampler({ temperature: 0 });
  try {
    return [...(await sequence.logProbabilities(tokenizeText(loaded.model, probeText), sampler, work))];
  } finally {
    sampler.dispose();
  }
}

/** Mean absolute difference in nats; infinite when the two cannot be compared. */
export function probeDistance(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || a.length !== b.length) return Infinity;
  const distance = a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? NaN)), 0) / a.length;
  return Number.isFinite(distance) ? distance : Infinity;
}

export function probeMatches(a: readonly number[], b: readonly number[]): boolean {
  return probeDistance(a, b) <= tolerance;
}
