/**
 * Names that tell workspace folders apart: the folder's own name, as VS Code shows it, and as many of its parents as it
 * takes. No two shown paths of different files may be equal: beside `x/api`, a folder `x` that holds another `api` needs
 * its parent, too.
 */
import { sep } from 'node:path';
import { isInside } from './skipReasons';

/**
 * @param folders absolute paths, none of them twice
 * @returns one name for each, with forward slashes, in the same order
 */
export function folderNames(folders: readonly string[]): string[] {
  const parts = folders.map((folder) => folder.split(sep).filter((part) => part !== ''));
  const lengths = parts.map(() => 1);
  const name = (i: number): string => parts[i]?.slice(-(lengths[i] ?? 1)).join('/') || (folders[i] ?? '');
  for (let changed = true; changed;) {
    changed = false;
    const names = folders.map((_, i) => name(i));
    for (const i of clashing(folders, names)) {
      if ((lengths[i] ?? 1) >= (parts[i]?.length ?? 0)) continue;
      lengths[i] = (lengths[i] ?? 1) + 1;
      changed = true;
    }
  }
  return folders.map((_, i) => name(i));
}

/** Indices of the folders whose name is another's, or lies below another's though the folder does not. */
function clashing(folders: readonly string[], names: readonly string[]): Set<number> {
  const indices = new Set<number>();
  folders.forEach((folder, i) => {
    folders.forEach((other, j) => {
      const above = names[i] ?? '';
      const below = names[j] ?? '';
      if (i === j || !(above === below || below.startsWith(`${above}/`))) return;
      const reallyBelow = isInside(folder, other) && below === `${above}${other.slice(folder.length).replaceAll(sep, '/')}`;
      if (!reallyBelow) indices.add(i).add(j);
    });
  });
  return indices;
}
