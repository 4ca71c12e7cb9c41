/**
 * Which files of a folder are read, and why each other one is not. Only names, kinds, sizes and attributes are looked at
 * here; content is judged when it is read (readText.ts, judge.ts), so that a file that changes in between is reported,
 * not fatal.
 */
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bonsaiIgnore } from './bonsaiIgnore';
import { findPaths, type Found } from './findPaths';
import { byPath } from './listingOrder';
import { secretByName } from './secretFiles';
import { codeOf, isInside, keptFromModel, nestedRepository, ownFile, reasonOf, specialReason, tooLarge, vanished } from './skipReasons';
import { skipByName } from './skipRules';
import { largestOnDisk } from './text/textToRead';
import type { RepositoryFile, SkippedFile } from './types';

const statsAtOnce = 32;

export interface Listing {
  /** In reading order. */
  files: RepositoryFile[];
  skipped: SkippedFile[];
  /** Whether git named the files; otherwise the folder was walked with `.gitignore` semantics. */
  git: boolean;
  /** What the person should know of how it came about: sentences. */
  notes: string[];
}

interface Rules extends Pick<Found, 'attributes' | 'tracked' | 'notCheckedOut'> {
  root: string;
  ignored: (absolutePath: string) => Promise<boolean>;
}

/**
 * @param folder absolute path of an existing folder
 * @param options.git whether git may name the files (default true)
 * @throws the error of `realpath`, `stat` or `readdir` when the folder is not there or cannot be entered
 */
export async function listRepository(folder: string, { git = true }: { git?: boolean } = {}): Promise<Listing> {
  const root = await realpath(folder);
  if (!(await stat(root)).isDirectory()) throw Object.assign(new Error(`${folder} is not a folder.`), { code: 'ENOTDIR' });
  const { paths, skipped, notes, ...found } = await findPaths(root, git);
  const rules: Rules = { root, ignored: bonsaiIgnore(root), ...found };
  const files: RepositoryFile[] = [];
  for (let i = 0; i < paths.length; i += statsAtOnce) {
    const part = await Promise.all(paths.slice(i, i + statsAtOnce).map((path) => classify(rules, path)));
    for (const result of part) {
      if ('reason' in result) skipped.push(result);
      else files.push(result);
    }
  }
  return { files: files.sort(byPath), skipped: skipped.sort(byPath), git: found.git, notes };
}

async function classify(rules: Rules, path: string): Promise<RepositoryFile | SkippedFile> {
  const { root, ignored, attributes } = rules;
  const skip = (reason: string): SkippedFile => ({ path: path.replace(/\/$/, ''), reason });
  if (path.endsWith('/')) return skip(nestedRepository);
  const absolutePath = join(root, path);
  // Git believes what a repository's index says, `../` included.
  if (!isInside(root, absolutePath)) return skip('outside the folder');
  if (await ignored(absolutePath)) return skip(keptFromModel);
  if (isOwn(path)) return skip(ownFile);
  const { verdict, encoding } = attributes.get(path) ?? {};
  if (verdict === 'generated' || verdict === 'vendored') return skip(`${verdict}, says .gitattributes`);
  const byName = skipByName(path) ?? secretByName(path);
  if (byName) return skip(byName);
  try {
    const info = await lstat(absolutePath);
    if (info.isSymbolicLink()) return skip(await linkReason(root, absolutePath));
    if (info.isDirectory()) return skip(nestedRepository);
    if (!info.isFile()) return skip(specialReason(info));
    const largest = largestOnDisk(path);
    if (info.size > largest) return skip(tooLarge(info.size, largest));
    if (info.size === 0) return skip('empty');
    const said = { ...(verdict ? { notGenerated: true as const } : {}), ...(encoding === undefined ? {} : { encoding }) };
    return { path, absolutePath, bytes: info.size, mtimeMs: info.mtimeMs, ...said };
  } catch (error) {
    return skip(codeOf(error) === 'ENOENT' ? absentReason(rules, path) : reasonOf(error));
  }
}

/** Prompts and the like, which are there for Bonsai and not of the repository. */
function isOwn(path: string): boolean {
  return path.split('/').slice(0, -1).includes('.bonsai');
}

/** Why a file that was named is not there. */
function absentReason({ tracked, notCheckedOut }: Rules, path: string): string {
  if (notCheckedOut.has(path)) return 'not checked out: the sparse checkout leaves it out';
  return tracked.has(path) ? 'deleted, but not yet in git' : vanished;
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
