/** The order of a listing: by path, compared by code units, so that it is the same on every machine. */
import type { RepositoryFile } from './types';

export function inReadingOrder(files: readonly RepositoryFile[]): RepositoryFile[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
