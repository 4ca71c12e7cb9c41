/**
 * The memory sequence is a log: what was read stays where it is, and a newer version of a file, or the word that it is
 * gone, comes after it. Of the segments with one path the last one counts. Pure bookkeeping, in tokens.
 */
import type { Segment } from './manifest';

/** What a file says now, as far as the log knows: its hash, or that it was removed. */
export type Truth = ReadonlyMap<string, Segment>;

/** The last segment of every path. */
export function truthOf(segments: readonly Segment[]): Truth {
  const truth = new Map<string, Segment>();
  for (const segment of segments) if (segment.kind !== 'head') truth.set(segment.path, segment);
  return truth;
}

/**
 * Whether a segment, the last one of its path, makes a file what it is to be: its newest version, and pinned where that is
 * asked for. Changed lines are read with pins only where all before them was.
 */
export function isCurrent(segment: Segment | undefined, file: { hash: string; pinned?: true } | undefined): boolean {
  if (!segment || !file || segment.kind === 'head' || segment.kind === 'removed') return false;
  return segment.hash === file.hash && (!file.pinned || segment.pinned === true);
}

/** Segments of which nothing counts any more, removals that have been read included. Changed lines replace no file. */
export function replacedIn(segments: readonly Segment[]): Segment[] {
  const later = new Set<string>();
  const replaced: Segment[] = [];
  for (const segment of segments.toReversed()) {
    if (segment.kind === 'head') continue;
    if (later.has(segment.path)) replaced.unshift(segment);
    if (segment.kind !== 'lines') later.add(segment.path);
  }
  return replaced;
}

/** First token that would not be read today: a replaced segment, or the word of a removal. The end when there is none. */
export function firstUnclean(segments: readonly Segment[]): number {
  const truth = truthOf(segments);
  const unclean = segments.find(
    (segment) => segment.kind === 'removed' || (segment.kind === 'file' && truth.get(segment.path) !== segment),
  );
  return unclean?.start ?? endOf(segments);
}

export function endOf(segments: readonly Segment[]): number {
  return segments.at(-1)?.end ?? 0;
}

/** The log as it was when it had `position` tokens; the last segment may be cut. */
export function upTo(segments: readonly Segment[], position: number): Segment[] {
  return segments
    .filter((segment) => segment.start < position)
    .map((segment) => (segment.end <= position ? segment : cut(segment, position)));
}

/** A file goes on where it was cut; of lines it is not known which are missing, so they make no version of the file. */
function cut(segment: Segment, end: number): Segment {
  return segment.kind === 'lines' ? { ...segment, hash: '', end } : { ...segment, end };
}

/** Newest versions of files that had been read before, and their tokens: what a renewal would put in its place. */
export function journalOf(segments: readonly Segment[]): { files: number; tokens: number } {
  const seen = new Set<string>();
  const truth = truthOf(segments);
  let files = 0;
  let tokens = 0;
  for (const segment of segments) {
    if (segment.kind === 'head') continue;
    if (seen.has(segment.path)) {
      tokens += segment.end - segment.start;
      if (truth.get(segment.path) === segment) files++;
    }
    seen.add(segment.path);
  }
  return { files, tokens };
}
