/**
 * Paths are found by their name and as a whole, however little of them is typed. A list is prepared once and kept
 * as long as the list itself: typing in a repository of 50,000 files must not stutter.
 */
import fuzzysort from 'fuzzysort';

/** How like a name must be to what was typed, of 1. */
export const likeness = 0.3;

export interface RankedPath {
  path: string;
  name: string;
  kind: 'file' | 'folder';
}
type Prepared = ReturnType<typeof prepare>;

const known = new WeakMap<readonly string[], Record<'file' | 'folder' | 'any', () => Prepared>>();

/** The best first. @param files not changed by anybody while the array lives */
export function rankedPaths(query: string, files: readonly string[], kind: 'file' | 'folder' | 'any', limit: number): RankedPath[] {
  let lists = known.get(files);
  if (!lists) known.set(files, (lists = listsOf(files)));
  return fuzzysort.go(query, lists[kind](), { limit, threshold: likeness }).map(({ obj }) => obj);
}

/** All folders that hold a file, the outer ones first. */
export function foldersOf(files: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const file of files) {
    for (let end = file.lastIndexOf('/'); end > 0; end = file.lastIndexOf('/', end - 1)) {
      const folder = file.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return [...folders].sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
}

function listsOf(files: readonly string[]) {
  const all = (): RankedPath[] => files.map((path) => ranked(path, 'file'));
  const folders = (): RankedPath[] => foldersOf(files).map((path) => ranked(path, 'folder'));
  return {
    file: once(() => prepare(all())),
    folder: once(() => prepare(folders())),
    any: once(() => prepare([...all(), ...folders()])),
  };
}

function ranked(path: string, kind: RankedPath['kind']): RankedPath {
  return { path, kind, name: path.slice(path.lastIndexOf('/') + 1) };
}

function prepare(paths: RankedPath[]) {
  return fuzzysort.snapshot(paths, { keys: ['name', 'path'] });
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
