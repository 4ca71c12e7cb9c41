/**
 * All folders of a workspace as one listing. Every file is there once: a folder that is given twice counts once, and a
 * file in a folder inside another belongs to the inner one, as in VS Code. What the outer folder's `.bonsaiignore`
 * excludes stays excluded.
 */
import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bonsaiIgnore } from './bonsaiIgnore';
import { folderNames } from './folderNames';
import { byPath } from './listingOrder';
import { listRepository, type Listing } from './listRepository';
import { codeOf, isInside, keptFromModel, reasonOf } from './skipReasons';
import type { RepositoryFile, SkippedFile } from './types';

export interface FoldersEntry {
  /** As people see it: with the folder's name in front when there are several folders. No two are equal. */
  path: string;
  /** Absolute, links resolved; what `readText` takes. */
  folder: string;
  file: RepositoryFile;
}

export interface FoldersListing {
  /** In the order of the folders, then by path. */
  files: FoldersEntry[];
  skipped: SkippedFile[];
  /** The folders that could be listed. `name` is what their paths begin with, '' for a single folder. */
  folders: { folder: string; name: string; git: boolean }[];
  /** What the person should know of how it came about: sentences. */
  notes: string[];
}

/**
 * @param folders absolute paths
 * @throws what `listRepository` throws when the only folder cannot be listed; one of several becomes a skipped entry
 */
export async function listFolders(folders: readonly string[]): Promise<FoldersListing> {
  const roots = await realFolders(folders);
  const names = roots.length > 1 ? folderNames(roots) : [''];
  const all: FoldersListing = { files: [], skipped: [], folders: [], notes: [] };
  const listings = new Map<string, { name: string; listing: Listing }>();
  for (const [i, folder] of roots.entries()) {
    const name = names[i] ?? '';
    try {
      listings.set(folder, { name, listing: await listRepository(folder) });
    } catch (error) {
      if (roots.length === 1) throw error;
      all.skipped.push({ path: name, reason: folderReason(error) });
    }
  }
  for (const [folder, { name, listing }] of listings) {
    all.folders.push({ folder, name, git: listing.git });
    all.notes.push(...listing.notes);
    const shown = (path: string): string => (name === '' ? path : `${name}/${path}`);
    const others = [...listings.keys()].filter((other) => other !== folder);
    const inner = others.filter((other) => isInside(folder, other));
    const outer = others.filter((other) => isInside(other, folder)).map(bonsaiIgnore);
    const isInners = (path: string): boolean => inner.some((each) => isInside(each, path));
    for (const file of listing.files) {
      if (isInners(file.absolutePath)) continue;
      const kept = await Promise.all(outer.map((ignored) => ignored(file.absolutePath)));
      if (kept.some(Boolean)) all.skipped.push({ path: shown(file.path), reason: keptFromModel });
      else all.files.push({ path: shown(file.path), folder, file });
    }
    for (const { path, reason } of listing.skipped) if (!isInners(join(folder, path))) all.skipped.push({ path: shown(path), reason });
  }
  all.skipped.sort(byPath);
  return all;
}

/** Each folder once by its real path, or absolute where it cannot be resolved. */
export async function realFolders(folders: readonly string[]): Promise<string[]> {
  return [...new Set(await Promise.all(folders.map((folder) => realpath(folder).catch(() => resolve(folder)))))];
}

function folderReason(error: unknown): string {
  const code = codeOf(error);
  return code === 'ENOENT' ? 'the folder does not exist' : code === 'ENOTDIR' ? 'not a folder' : reasonOf(error);
}
