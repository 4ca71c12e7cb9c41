/** SnapKV (arXiv 2404.14469): a token counts as much as the mean of the known weights within two places of it. */
import type { ScoreOf } from './lane';

export function pooled(competing: number[], scoreOf: ScoreOf): ScoreOf {
  const means = new Map<number, number>();
  competing.forEach((token, i) => {
    const known = competing
      .slice(Math.max(0, i - 2), i + 3)
      .map(scoreOf)
      .filter((score) => !Number.isNaN(score));
    const mean = Math.fround(known.reduce((sum, score) => sum + score, 0) / known.length);
    means.set(token, Number.isNaN(scoreOf(token)) ? NaN : mean);
  });
  return (token) => means.get(token)!;
}
