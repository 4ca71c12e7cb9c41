/** Sliding window and StreamingLLM (arXiv 2309.17453): after every token, the oldest one that is no sink leaves. */
import { arrivals, type Lane } from './lane';

export function streaming({ capacity, sinks }: Pick<Lane, 'capacity' | 'sinks'>, total: number): number[] {
  return arrivals(total, 1, (cache) => (cache.length > capacity ? cache.toSpliced(Math.min(sinks, capacity), 1) : cache));
}
