/**
 * Cascading KV cache (arXiv 2406.17808), one token at a time, with the sub-caches as lists of their own. A lane that is full
 * for the first time is cut into sub-caches, the newest tokens into the first. From then on every token enters the first;
 * the oldest of a sub-cache falls to the next, which takes every second of them, and one not taken duels the newest there.
 */
import { arrivals, type Lane, type ScoreOf } from './lane';

export function cascade({ capacity, sinks }: Lane, scoreOf: ScoreOf | undefined, total: number): number[] {
  const kept = Math.min(sinks, capacity);
  const count = Math.min(4, capacity - kept);
  const size = Math.floor((capacity - kept) / count);
  const beats = (a: number, b: number) => scoreOf !== undefined && scoreOf(a) > scoreOf(b);
  let subCaches: number[][] | undefined; // the newest first
  const fallen = Array.from({ length: count }, () => 0);

  const enter = (token: number, at: number): void => {
    const subCache = subCaches?.[at];
    if (!subCache) return; // fell out of the last
    const takes = at === 0 || fallen[at]!++ % 2 === 0;
    if (!takes) {
      if (beats(token, subCache.at(-1)!)) subCache.splice(-1, 1, token);
      return;
    }
    subCache.push(token);
    enter(subCache.shift()!, at + 1);
  };

  return arrivals(total, 1, (cache) => {
    if (cache.length <= capacity) return cache;
    const token = cache.at(-1)!;
    if (!subCaches) {
      const rest = cache.slice(kept, -1);
      subCaches = Array.from({ length: count }, (_, i) =>
        rest.splice(i === 0 ? rest.length - (capacity - kept - (count - 1) * size) : rest.length - size),
      );
    }
    enter(token, 0);
    return [...cache.slice(0, kept), ...subCaches.toReversed().flat()];
  });
}
