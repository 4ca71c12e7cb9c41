/** What the memory sequence holds, in words of the repository: the log of what was read, against the disk as it was last seen. */
import type { Fidelity, MemoryState } from '../../protocol';
import type { Catalogue, CatalogueFile } from './catalogue';
import { isCurrent, journalOf, replacedIn, truthOf, upTo } from './log';
import type { Segment } from './manifest';

export interface Held {
  /** Absent: nothing was ever read. */
  name: string | undefined;
  folders: readonly string[];
  segments: Segment[];
  /** Paths in reading order, also of files not read yet. */
  order: string[];
  /** Whether everything that was listed has been read. */
  complete: boolean;
  fidelity: Fidelity | undefined;
}

export const nothingHeld: Held = { name: undefined, folders: [], segments: [], order: [], complete: false, fidelity: undefined };

export interface HeldFile {
  path: string;
  /** Of the text that it was read from; '' of changed lines that were not all read. */
  hash: string;
  start: number;
  end: number;
  /** A newer version, or the word of its removal, follows. */
  replaced: boolean;
  /** Read with pins, which the engine has for as long as it has the tokens. */
  pinned?: true;
}

/** @param position tokens the sequence has; while reading, less than the log may say */
export function heldFiles(segments: readonly Segment[], position: number): HeldFile[] {
  const held = upTo(segments, position);
  const replaced = new Set(replacedIn(held));
  return held.flatMap((segment) => {
    const { kind, path, hash, start, end, pinned } = segment;
    if (kind !== 'file' && kind !== 'lines') return [];
    return [{ path, hash, start, end, replaced: replaced.has(segment), ...(pinned ? { pinned } : {}) }];
  });
}

/** Of these, the files that are still on disk, each once, in the order they were read. */
export function stillThere(held: readonly HeldFile[], catalogue: Catalogue | undefined): CatalogueFile[] {
  const entries = new Map((catalogue?.files ?? []).map((entry) => [entry.path, entry]));
  const paths = new Set(held.filter(({ replaced }) => !replaced).map(({ path }) => path));
  return [...paths].flatMap((path) => entries.get(path) ?? []);
}

/** How many files are known, those left out that are gone. */
export function knownFiles(segments: readonly Segment[], position: number): number {
  return [...truthOf(upTo(segments, position)).values()].filter(({ kind }) => kind !== 'removed').length;
}

/**
 * Files whose version in memory is not the one on disk: changed, gone, or come since; and those to be pinned that are not.
 * @param complete whether everything had been read; else what is missing is not behind but still to come
 */
export function behindOf(segments: readonly Segment[], { files }: Pick<Catalogue, 'files'>, complete: boolean): string[] {
  const truth = truthOf(segments);
  const present = new Map(files.map((file) => [file.path, file]));
  const outdated = [...truth.values()].filter((segment) => segment.kind !== 'removed' && !isCurrent(segment, present.get(segment.path)));
  const come = complete ? files.filter(({ path }) => (truth.get(path)?.kind ?? 'removed') === 'removed') : [];
  return [...outdated, ...come].map(({ path }) => path).toSorted();
}

/** Whether a catalogue is of what is held. */
export function sameFolders(held: Held, { folders }: Pick<Catalogue, 'folders'>): boolean {
  return held.segments.length > 0 && held.folders.length === folders.length && held.folders.every((folder, i) => folder === folders[i]);
}

export interface StateFacts {
  held: Held;
  paused: boolean;
  /** Files. */
  behind: number;
  renewing: MemoryState['renewing'];
  /** Milliseconds since 1970. */
  savedAt: number | undefined;
}

/** What is told of the memory beside its size: whether it is paused, behind, being renewed, saved, and how well it recalls. */
export function stateOf({ held, paused, behind, renewing, savedAt }: StateFacts): MemoryState {
  const { files, tokens } = journalOf(held.segments);
  return {
    paused,
    behind,
    journalFiles: files,
    journalTokens: tokens,
    ...(renewing ? { renewing } : {}),
    ...(savedAt === undefined ? {} : { savedAt }),
    ...(held.fidelity ? { fidelity: held.fidelity } : {}),
  };
}
