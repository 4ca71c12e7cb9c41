/**
 * The hybrid (ours): after every batch, the `outliers` most novel tokens of those that compete (keepTop.ts; of equals the
 * newer) are set aside, and the others play the tree one after the other as if those were not there, in a lane that is
 * smaller by their number. A token whose novelty is not known is never set aside.
 */
import { contest } from './keepTop';
import { arrivals, type Lane, type ScoreOf } from './lane';
import { Tournament } from './tournament';

export function hybrid(lane: Lane, scoreOf: ScoreOf | undefined, novelty: ScoreOf, total: number, batch: number): number[] {
  const tournament = new Tournament(lane.cursor, 'left', scoreOf);
  const tree = Math.max(0, lane.capacity - lane.sinks - lane.recent);
  return arrivals(total, batch, (cache) => {
    if (cache.length <= lane.capacity) return cache;
    const aside = contest(cache, lane)
      .filter((token) => !Number.isNaN(novelty(token)))
      .sort((a, b) => novelty(b) - novelty(a) || b - a)
      .slice(0, Math.min(lane.outliers, tree));
    const capacity = lane.capacity - aside.length;
    let playing: number[] = [];
    for (const token of cache.filter((t) => !aside.includes(t))) {
      playing.push(token);
      if (playing.length > capacity) playing = tournament.evict(playing, { ...lane, capacity });
    }
    return [...playing, ...aside].sort((a, b) => a - b);
  });
}
