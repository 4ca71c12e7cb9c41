/**
 * Which budgets a model loses least with: equal ones, SqueezeAttention's with one of several factors, what the layers need by
 * replay (layerNeeds.ts), or those found from the loss itself. All have the same total. Budgets are searched on one text and decided on another, which every
 * candidate reads beside equal budgets: who only fits the text of the search does not win, nor does chance.
 */
import { sampleStandardDeviation } from 'simple-statistics';
import type { LayerSharing } from '../../protocol';
import { searchBudgets } from '../engine/measuredBudgets';

/** One way to share the budget out, read beside equal budgets on the same text. */
export interface TrialResult extends LayerSharing {
  /** Mean nats a token. */
  loss: number;
  /** Loss in nats per token less than with equal budgets; below 0: worse. */
  gain: number;
  /** Standard error of the gain. */
  error: number;
}

export interface LayerTrial {
  /** Tokens of the text that decided. */
  tokens: number;
  /** Entries a layer had on average, staging included, and staging. */
  mean: number;
  staging: number;
  /** The first one has equal budgets. */
  results: TrialResult[];
  /** Place of the winner. */
  best: number;
}

export type TrialText = 'search' | 'decide';

export interface TrialOptions {
  layers: number;
  /** Entries a layer has on average, staging included. */
  mean: number;
  staging: number;
  /** Least resident entries of a layer, and what they are a multiple of. */
  floor: number;
  step: number;
  /** Factors of SqueezeAttention to try. */
  squeezeP: readonly number[];
  /** Most readings of the text that is searched on. */
  evaluations: number;
  /** Groups of neighbouring layers that the search tells apart, at most. */
  groups: number;
  /** Tokens of the text that decides. */
  tokens: number;
}

export interface TrialEngine {
  /**
   * Reads a text with these budgets (staging included).
   * @returns mean nats a token, one number for each block of tokens that counts; the same at every call
   */
  read(budgets: readonly number[], text: TrialText): Promise<readonly number[]>;
  /** Of the layers, once something was read; undefined where the engine could not see them. */
  cosines(): readonly number[] | undefined;
  /** Budgets as SqueezeAttention shares them, staging included. @throws RangeError */
  squeeze(cosines: readonly number[], p: number): readonly number[];
  /** Budgets by what the layers need; undefined: that was not measured. */
  replay(): LayerSharing | undefined;
}

/** Tokens whose mean is one number: neighbours are not independent, blocks nearly are. */
export const trialBlock = 64;
/** Standard errors a gain must have to count. */
const certain = 2;

/** Readings that a trial takes at most. */
export function trialReadings({ squeezeP, evaluations }: Pick<TrialOptions, 'squeezeP' | 'evaluations'>): number {
  return 1 + squeezeP.length + 1 + evaluations + 1;
}

export async function layerTrial(engine: TrialEngine, options: TrialOptions): Promise<LayerTrial> {
  const { layers, mean, staging, floor, step, squeezeP, evaluations, groups, tokens } = options;
  const whole = (residents: readonly number[]) => residents.map((entries) => entries + staging);
  const equal = Array.from({ length: layers }, () => mean);
  const base = await engine.read(equal, 'decide');
  const loss = average(base);
  if (!Number.isFinite(loss)) throw new Error('the model gives no probabilities');
  const results: TrialResult[] = [{ allocator: 'uniform', budgets: equal, loss, gain: 0, error: 0 }];
  const attempt = async (sharing: LayerSharing) => {
    const same = sharing.budgets.every((entries) => entries === mean);
    const blocks = same ? base : await engine.read(sharing.budgets, 'decide');
    const result = { ...sharing, loss: average(blocks), ...gainOver(base, blocks) };
    if (Number.isFinite(result.loss)) results.push(result);
  };

  const cosines = engine.cosines();
  if (cosines)
    for (const p of squeezeP) await attempt({ allocator: 'squeeze', budgets: [...engine.squeeze(cosines, p)], p, cosines: [...cosines] });
  const replayed = engine.replay();
  if (replayed) await attempt(replayed);
  const found = await searchBudgets(async (residents) => average(await engine.read(whole(residents), 'search')), {
    ...{ layers, mean: mean - staging, floor, step, evaluations, groups },
  });
  const lost = found.sensitivities.map((value) => (value === undefined ? null : value));
  await attempt({ allocator: 'measured', budgets: whole(found.budgets), lost });
  return { tokens, mean, staging, results, best: winner(results) };
}

/** Place of the result with the largest gain that is no chance; 0, equal budgets, when there is none. */
export function winner(results: readonly TrialResult[]): number {
  let best = 0;
  results.forEach(({ gain, error }, i) => {
    if (gain > certain * error && gain > (results[best]?.gain ?? 0)) best = i;
  });
  return best;
}

/** Loss in nats per token that `blocks` loses less than `base`, block by block, and the standard error of that; one block says nothing. */
export function gainOver(base: readonly number[], blocks: readonly number[]): { gain: number; error: number } {
  const gains = base.map((value, i) => value - (blocks[i] ?? NaN));
  if (gains.length < 2) return { gain: 0, error: 0 };
  return { gain: average(gains), error: sampleStandardDeviation(gains) / Math.sqrt(gains.length) };
}

/** Means of whole blocks; what is left over at the end does not count. @param nats of each token */
export function blockMeans(nats: Float64Array, block = trialBlock): number[] {
  return Array.from({ length: Math.floor(nats.length / block) }, (_, i) => average(nats.subarray(i * block, (i + 1) * block)));
}

function average(values: readonly number[] | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
