/** What the KV cache of a model takes, before anything is loaded. */
import { defaultChunk, resolveBudgets, smallestBudget, stagingFor } from '../engine/budget';
import { boundedSequences, resolveSettings, rowsCost, sequenceNames } from '../engine/cachePlan';
import type { ModelShape } from '../engine/modelMetadata';

/** @returns bytes of all sequences, at f16 and chunks of the usual size */
export function cacheBytes(
  shape: Pick<ModelShape, 'trainedWindow' | 'attention'>,
  bounded: boolean,
  asked: number | undefined,
): { budget: number; kvBytes: number } {
  const staging = stagingFor(defaultChunk);
  const [chosen = 0] = resolveBudgets(asked === undefined ? undefined : Math.max(asked, smallestBudget(staging)), shape, staging);
  const budget = bounded ? chosen : shape.trainedWindow;
  const banks = bounded ? boundedSequences : sequenceNames;
  const { kvBytes } = rowsCost(shape, resolveSettings({}), { rows: budget, chunk: defaultChunk, banks });
  return { budget, kvBytes: kvBytes * banks };
}
