/** What a pin costs, before it is made. */
import type { CacheMap } from '../../protocol';

/** Of the smallest layer's budget, what pins have for certain; native/src/eviction.h has the same share. */
const pinnedShare = 1 / 4;

/**
 * @param path shown path of the file to be pinned
 * @returns tokens that would be pinned, and how many of them are sure to stay; undefined: nothing is evicted, or there is no such file
 */
export function pinPrice({ files, layers, policy }: CacheMap, path: string): { pinned: number; sure: number } | undefined {
  const budgets = layers.filter(({ window }) => !window).map(({ budget }) => budget);
  if (policy === 'full' || budgets.length === 0 || !files.some((file) => file.path === path)) return undefined;
  const pinned = files.filter((file) => file.path === path || file.pinned).reduce((sum, { start, end }) => sum + end - start, 0);
  return { pinned, sure: Math.floor(Math.min(...budgets) * pinnedShare) };
}
