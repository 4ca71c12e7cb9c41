/**
 * The global policies: after every batch, the weakest token that is neither a sink nor among the newest leaves, again and
 * again until the lane fits. Old and new tokens compete at once, and the newest are counted from the end of the batch. A
 * token whose score is not known (NaN) is stronger than all others; of equals the older one is the weaker.
 */
import { arrivals, type Lane, type ScoreOf } from './lane';

/** The part of the cache that competes. */
export function contest(cache: number[], { capacity, sinks, recent }: Pick<Lane, 'capacity' | 'sinks' | 'recent'>): number[] {
  const first = Math.min(sinks, capacity);
  return cache.slice(first, cache.length - Math.min(recent, capacity - first));
}

function weakest(competing: number[], scoreOf: ScoreOf): number {
  const strength = (token: number) => (Number.isNaN(scoreOf(token)) ? Infinity : scoreOf(token));
  return competing.reduce((weak, token) => (strength(token) < strength(weak) ? token : weak));
}

/** scored: the scores that count for what now lies in the cache */
export function keepTop(lane: Lane, total: number, batch: number, scored: (competing: number[]) => ScoreOf): number[] {
  return arrivals(total, batch, (arrived) => {
    const scoreOf = scored(contest(arrived, lane));
    let cache = arrived;
    while (cache.length > lane.capacity) {
      const leaves = weakest(contest(cache, lane), scoreOf);
      cache = cache.filter((token) => token !== leaves);
    }
    return cache;
  });
}
