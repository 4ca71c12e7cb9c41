/**
 * The paired bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13): how far the mean of
 * differences would move, had other lines been drawn.
 */
import { mean, quantile, sampleWithReplacement } from 'simple-statistics';
import { seeded } from '../../sidecar/random';

export interface Difference {
  mean: number;
  /** Bounds of the 95 % percentile interval. */
  low: number;
  high: number;
}

const resamples = 5000;

/** @returns undefined without differences. The same for the same differences. */
export function pairedDifference(differences: readonly number[], seed = 1): Difference | undefined {
  if (differences.length === 0) return undefined;
  const random = seeded(seed);
  const values = [...differences];
  const means = Array.from({ length: resamples }, () => mean(sampleWithReplacement(values, values.length, random)));
  return { mean: mean(values), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}
