/**
 * Which files of a folder are read, and why each other one is not. Only names, kinds and sizes are looked at here;
 * content is judged when it is read (readText.ts), so that a file that changes in between is reported, not fatal.
 */
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bonsaiIgnore } from './bonsaiIgnore';
import { gitFiles } from './gitFiles';
import { inReadingOrder } from './listingOrder';
import { codeOf, isInside, maxFileBytes, reasonOf, specialReason, tooLarge } from './skipReasons';
import { skipByName } from './skipRules';
import type { RepositoryFile, SkippedFile } from './types';
import { walkFiles } from './walkFiles';

const statsAtOnce = 32;

export interface Listing {
  /** In reading order. */
  files: RepositoryFile[];
  skipped: SkippedFile[];
  /** Whether git named the files; otherwise the folder was walked with `.gitignore` semantics. */
  git: boolean;
}

/**
 * @param folder absolute path of an existing folder
 * @param options.git whether git may name the files (default true)
 * @throws the error of `realpath` or `stat` when the folder is not there or cannot be entered
 */
export async function listRepository(folder: string, { git = true }: { git?: boolean } = {}): Promise<Listing> {
  const root = await realpath(folder);
  if (!(await stat(root)).isDirectory()) throw Object.assign(new Error(`${folder} is not a folder.`), { code: 'ENOTDIR' });
  const [fromGit, ignored] = await Promise.all([git ? gitFiles(root) : undefined, bonsaiIgnore(root)]);
  const paths = fromGit?.paths ?? (await walkFiles(root));
  const files: RepositoryFile[] = [];
  const skipped: SkippedFile[] = (fromGit?.unreadableNames ?? []).map((path) => ({ path, reason: 'file name is not valid UTF-8' }));
  for (let i = 0; i < paths.length; i += statsAtOnce) {
    const part = await Promise.all(paths.slice(i, i + statsAtOnce).map((path) => classify(root, path, ignored)));
    for (const result of part) {
      if ('reason' in result) skipped.push(result);
      else files.push(result);
    }
  }
  skipped.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { files: inReadingOrder(files), skipped, git: fromGit !== undefined };
}

async function classify(root: string, path: string, ignored: (path: string) => boolean): Promise<RepositoryFile | SkippedFile> {
  const skip = (reason: string): SkippedFile => ({ path: path.replace(/\/$/, ''), reason });
  if (path.endsWith('/')) return skip('a nested repository; open it as a folder of its own');
  if (ignored(path)) return skip('excluded by .bonsaiignore');
  const byName = skipByName(path);
  if (byName) return skip(byName);
  const absolutePath = join(root, path);
  try {
    const info = await lstat(absolutePath);
    if (info.isSymbolicLink()) return skip(await linkReason(root, absolutePath));
    if (info.isDirectory()) return skip('a nested repository; open it as a folder of its own');
    if (!info.isFile()) return skip(specialReason(info));
    if (info.size > maxFileBytes) return skip(tooLarge(info.size));
    if (info.size === 0) return skip('empty');
    return { path, absolutePath, bytes: info.size };
  } catch (error) {
    return skip(reasonOf(error));
  }
}

/** Links are never followed: a target inside the folder is read under its own name. */
async function linkReason(root: string, absolutePath: string): Promise<string> {
  try {
    const target = await realpath(absolutePath);
    return isInside(root, target) ? 'symbolic link; its target is read under its own name' : 'symbolic link leaving the folder';
  } catch (error) {
    const to = await readlink(absolutePath).catch(() => '?');
    return codeOf(error) === 'ELOOP' ? 'symbolic link that leads back to itself' : `symbolic link to nothing (${to})`;
  }
}
