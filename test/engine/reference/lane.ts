/** What the slow references know about a lane, and how tokens arrive in one. */

export interface Lane {
  capacity: number;
  sinks: number;
  recent: number;
  block: number;
  cursor: number;
  outliers: number;
}

/** A score of a token, or its novelty; NaN: not known. */
export type ScoreOf = (token: number) => number;

/** `total` tokens arrive, `batch` at a time; after every batch `evict` shortens the cache, which is in time order. */
export function arrivals(total: number, batch: number, evict: (cache: number[]) => number[]): number[] {
  let cache: number[] = [];
  for (let token = 1; token <= total;) {
    for (let i = 0; i < batch && token <= total; i++) cache.push(token++);
    cache = evict(cache);
  }
  return cache;
}
