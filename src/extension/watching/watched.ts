/**
 * Which changed paths are worth a message. Git's own files and installed packages change by the thousand and are
 * never read; git's moves are told by {@link GitHeads}. What else is excluded from watching is the editor's settings'
 * business, and what is not read is the sidecar's.
 */
import { relative, sep } from 'node:path';
import { isInside } from '../util/links';

const never = ['.git', 'node_modules'];

/** @param path absolute @param folders absolute, of the workspace */
export function isWatched(path: string, folders: readonly string[]): boolean {
  return folders.some(
    (folder) =>
      isInside(path, folder) &&
      !relative(folder, path)
        .split(sep)
        .some((part) => never.includes(part)),
  );
}
