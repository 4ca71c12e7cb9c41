/**
 * Where a sequence is saved while it is read, and which of these checkpoints stay. A change at distance d from the end
 * costs reading again from the last checkpoint before it, so checkpoints are dense near the end, where changes are likely
 * (see the reading order), and twice as far apart with every step back. All numbers of this file are tokens or bytes.
 *
 * The idea is that of logarithmic checkpointing (as in exponential histograms: Datar, Gionis, Indyk, Motwani 2002). Because
 * every gap may be as long as what follows it, and what follows it only grows, a gap that was allowed once stays allowed.
 */

/** Closer than this, two checkpoints save less time than they cost space. */
export const checkpointSpacing = 4096;

export interface SavedPoint {
  position: number;
  bytes: number;
}

export interface Limits {
  spacing: number;
  /** Of all places that are kept together; the last place is kept even if it alone is larger. */
  bytes: number;
}

/**
 * At most 2 + log2(total / spacing) of the places, the last one always among them. After a change at distance d from the
 * end, at most max(c, slack * (2 d + spacing)) tokens are read again, where c is what it would be if all places were kept,
 * and slack is 1 where that many places suffice, at most 2 where bytes do not count, and as little more as they allow.
 *
 * @param places by position, ascending, none beyond `total`
 */
export function retained<T extends SavedPoint>(places: readonly T[], total: number, { spacing, bytes }: Limits): T[] {
  const most = Math.floor(2 + Math.log2(Math.max(1, total / spacing)));
  for (let step = 0; 2 ** (step / 4) < 2 * total; step++) {
    const slack = 2 ** (step / 4);
    const kept = spread(places, total, (distance) => slack * (2 * distance + spacing));
    if (kept.length <= most && bytesOf(kept) <= bytes) return kept;
  }
  return places.slice(-1);
}

/** From the end back: always the farthest place that is within reach of the one before, or the next one if none is. */
function spread<T extends SavedPoint>(places: readonly T[], total: number, reach: (distance: number) => number): T[] {
  const kept: T[] = [];
  let limit = 0;
  for (let i = places.length - 1; i >= 0 && total > limit; i--) {
    const place = places[i];
    const before = places[i - 1];
    if (!place || (before && total - before.position <= limit)) continue;
    kept.unshift(place);
    limit = reach(total - place.position);
  }
  return kept;
}

/** @returns the positions at which a first read of `total` tokens stops to save, ascending: the end, and the spacing, twice it, four times it, ... before the end */
export function plannedCheckpoints(total: number, spacing = checkpointSpacing): number[] {
  const places: number[] = [];
  for (let distance = spacing; distance < total; distance *= 2) places.unshift(total - distance);
  return total > 0 ? [...places, total] : places;
}

/** Where a read stands, and when. */
export interface Moment {
  position: number;
  /** Of a clock that never goes back. */
  seconds: number;
}

/** What must have passed since the last checkpoint before another is made only for the sake of going on after a stop: both. */
export interface Pace {
  tokens: number;
  seconds: number;
}

/** Whether a read saves now: it has come to a planned place, or the last checkpoint (or the start) is far enough behind in tokens and in time. */
export function isCheckpointDue(now: Moment, last: Moment, planned: readonly number[], pace: Pace): boolean {
  if (planned.some((place) => last.position < place && place <= now.position)) return true;
  return now.position - last.position >= pace.tokens && now.seconds - last.seconds >= pace.seconds;
}

export function bytesOf(places: readonly SavedPoint[]): number {
  return places.reduce((sum, { bytes }) => sum + bytes, 0);
}
