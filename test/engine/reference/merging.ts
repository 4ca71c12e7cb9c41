/**
 * Merging on plain lists: whoever loses its pair hands all the tokens it stands for to its heir. Compactions come as in the
 * engine: the first when capacity and staging are full, then whenever staging is. With `novelty` the tree is the hybrid's.
 */
import { contest } from './keepTop';
import type { Lane, ScoreOf } from './lane';
import { Tournament } from './tournament';

export interface Merged {
  /** by kept token, in time order: the tokens it stands for */
  standsFor: Map<number, number[]>;
  /** tokens that left without an heir, with all they stood for */
  lost: number;
}

export function merging(
  lane: Lane,
  keep: 'left' | 'right',
  scoreOf: ScoreOf | undefined,
  novelty: ScoreOf | undefined,
  total: number,
  staging: number,
): Merged {
  const tournament = new Tournament(lane.cursor, keep, scoreOf);
  const merged: Merged = { standsFor: new Map(), lost: 0 };

  const compact = (cache: number[]): number[] => {
    const aside = cache.length > lane.capacity && novelty ? mostNovel(cache, lane, novelty) : [];
    const capacity = lane.capacity - aside.length;
    let playing: number[] = [];
    for (const token of cache.filter((t) => !aside.includes(t))) {
      playing.push(token);
      if (playing.length <= capacity) continue;
      const before = playing;
      playing = tournament.evict(before, { ...lane, capacity });
      const loser = before.find((t) => !playing.includes(t))!;
      const estate = merged.standsFor.get(loser)!;
      merged.standsFor.delete(loser);
      if (tournament.heir === undefined) merged.lost += estate.length;
      else merged.standsFor.get(tournament.heir)!.push(...estate);
    }
    return [...playing, ...aside].sort((a, b) => a - b);
  };

  let cache: number[] = [];
  let room = lane.capacity + staging;
  for (let token = 1; token <= total; room = staging) {
    for (; room > 0 && token <= total; room--, token++) {
      cache.push(token);
      merged.standsFor.set(token, [token]);
    }
    cache = compact(cache);
  }
  return merged;
}

function mostNovel(cache: number[], lane: Lane, novelty: ScoreOf): number[] {
  return contest(cache, lane)
    .filter((token) => !Number.isNaN(novelty(token)))
    .sort((a, b) => novelty(b) - novelty(a) || b - a)
    .slice(0, Math.min(lane.outliers, Math.max(0, lane.capacity - lane.sinks - lane.recent)));
}
