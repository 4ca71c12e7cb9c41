/**
 * How a memory becomes true again with the least reading: from which point it goes on, and what is then read. Going on
 * after everything that was read costs the changed files alone and leaves their old versions behind (the journal);
 * going back to a point before the first of them costs all that follows and leaves nothing behind (renewal).
 */
import type { FileChange, Lines } from './changedLines';
import type { Segment } from './manifest';
import { endOf, firstUnclean, isCurrent, truthOf, upTo } from './log';

/** A file as it is on disk now. */
export interface CurrentFile {
  path: string;
  hash: string;
  /** Its header and text. */
  tokens: number;
  /** Every token of it is to be kept. */
  pinned?: true;
  /**
   * What has changed since it had this hash; undefined when it should be read whole.
   * @param held tokens of that version in memory, which may have been cut; undefined: it is known to be whole
   */
  changedSince?: ((hash: string, held: number | undefined) => FileChange | undefined) | undefined;
}

export interface Reading {
  kind: 'file' | 'lines' | 'removed';
  path: string;
  /** Of what is to be read: '' for a removal. */
  hash: string;
  /** Tokens that are left to read, an estimate should the file change meanwhile. */
  tokens: number;
  /** Tokens of the file that were read before a reading was stopped; it goes on from there. */
  from: number;
  /** What is read of the file, of `lines` alone. */
  lines?: readonly Lines[];
}

export interface Update {
  /** Tokens that stay as they are. */
  position: number;
  /** What the log holds at `position`. */
  kept: Segment[];
  readings: Reading[];
  /** Sum over the readings. */
  tokensToRead: number;
}

/** The word that a file is gone takes about so many tokens. */
const removalTokens = 16;

/**
 * @param segments the log of a memory
 * @param position a point its state can be restored at; at most the log's end
 * @param files as they are now, in reading order
 * @param again paths of files that are read whatever the log says
 */
export function updateFrom(
  segments: readonly Segment[],
  position: number,
  files: readonly CurrentFile[],
  again: readonly string[] = [],
): Update {
  const kept = upTo(segments, position);
  const last = kept.at(-1);
  const truth = truthOf(kept);
  const readings: Reading[] = [];
  const present = new Set<string>();
  for (const file of files) {
    const { path, hash, tokens, changedSince } = file;
    present.add(path);
    const known = truth.get(path);
    const there = known && known.kind !== 'removed' ? known : undefined;
    if (again.includes(path)) readings.push({ kind: 'file', path, hash, tokens, from: 0 });
    else if (!isCurrent(there, file)) {
      // Lines alone make a file pinned only where the rest of it is.
      const since = there && (!file.pinned || there.pinned) ? there : undefined;
      const change = since && changedSince?.(since.hash, since.kind === 'file' ? since.end - since.start : undefined);
      if (change) readings.push({ kind: 'lines', path, hash, tokens: change.tokens, from: 0, lines: change.lines });
      else readings.push({ kind: 'file', path, hash, tokens, from: 0 });
    }
    // A file that was being read goes on first, or its second half would follow something else.
    else if (there && there === last && there.kind === 'file' && there.end - there.start < tokens) {
      const from = there.end - there.start;
      readings.unshift({ kind: 'file', path, hash, tokens: tokens - from, from });
    }
  }
  for (const [path, { kind }] of truth)
    if (kind !== 'removed' && !present.has(path)) readings.push({ kind: 'removed', path, hash: '', tokens: removalTokens, from: 0 });
  return { position, kept, readings, tokensToRead: readings.reduce((sum, { tokens }) => sum + tokens, 0) };
}

/** The cheapest way on from any of `points`; the farthest of equals. */
export function cheapestUpdate(segments: readonly Segment[], points: readonly number[], files: readonly CurrentFile[]): Update {
  let best = updateFrom(segments, 0, files);
  for (const position of points.toSorted((a, b) => a - b)) {
    if (position > endOf(segments)) continue;
    const update = updateFrom(segments, position, files);
    if (update.tokensToRead <= best.tokensToRead) best = update;
  }
  return best;
}

/**
 * The cheapest way to a memory without anything replaced in it: back to the last point before the first file that has
 * changed, then everything after it that is not held, in reading order.
 */
export function renewal(segments: readonly Segment[], points: readonly number[], files: readonly CurrentFile[]): Update {
  const current = new Map(files.map((file) => [file.path, file]));
  const outdated = segments.find((segment) => segment.kind === 'file' && !isCurrent(segment, current.get(segment.path)));
  const clean = Math.min(firstUnclean(segments), outdated?.start ?? Infinity);
  return updateFrom(segments, Math.max(0, ...points.filter((position) => position <= clean)), files);
}

/** A changed file costs at most this share of the repository in reading; a cheaper renewal is done at once. */
const cheapShare = 0.05;
/** Renewing costs at most this many times what the journal has cost. */
const worthwhile = 4;

/**
 * Whether to renew when nothing else is to do: it is cheap, or what was appended since has earned it. So over time
 * renewing costs a small multiple of the changes, however often files are saved.
 * @param total tokens of the repository
 * @param journal tokens that were read because a file had changed
 */
export function renewalDue({ tokensToRead }: Update, { total, journal }: { total: number; journal: number }): boolean {
  return journal > 0 && (tokensToRead <= cheapShare * total || tokensToRead <= worthwhile * journal);
}
