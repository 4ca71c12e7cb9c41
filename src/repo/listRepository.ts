/**
 * Which files of a folder are read, and why each other one is not. Only names, kinds, sizes and attributes are looked at
 * here; content is judged when it is read (readText.ts, judge.ts), so that a file that changes in between is reported,
 * not fatal.
 */
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bonsaiIgnore } from './bonsaiIgnore';
import { gitAttributes, type AttributeVerdict } from './gitAttributes';
import { gitFiles } from './gitFiles';
import { byPath } from './listingOrder';
import { secretByName } from './secretFiles';
import { codeOf, isInside, keptFromModel, maxFileBytes, nestedRepository, reasonOf, specialReason, tooLarge } from './skipReasons';
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

interface Rules {
  root: string;
  ignored: (absolutePath: string) => boolean;
  /** Absent without git. */
  attributes: Map<string, AttributeVerdict> | undefined;
}

/**
 * @param folder absolute path of an existing folder
 * @param options.git whether git may name the files (default true)
 * @throws the error of `realpath`, `stat` or `readdir` when the folder is not there or cannot be entered
 */
export async function listRepository(folder: string, { git = true }: { git?: boolean } = {}): Promise<Listing> {
  const root = await realpath(folder);
  if (!(await stat(root)).isDirectory()) throw Object.assign(new Error(`${folder} is not a folder.`), { code: 'ENOTDIR' });
  const [fromGit, ignored] = await Promise.all([git ? gitFiles(root) : undefined, bonsaiIgnore(root)]);
  const { paths, skipped } = fromGit ?? (await walkFiles(root));
  const rules: Rules = { root, ignored, attributes: fromGit && (await gitAttributes(root, paths)) };
  const files: RepositoryFile[] = [];
  for (let i = 0; i < paths.length; i += statsAtOnce) {
    const part = await Promise.all(paths.slice(i, i + statsAtOnce).map((path) => classify(rules, path)));
    for (const result of part) {
      if ('reason' in result) skipped.push(result);
      else files.push(result);
    }
  }
  return { files: files.sort(byPath), skipped: skipped.sort(byPath), git: fromGit !== undefined };
}

async function classify({ root, ignored, attributes }: Rules, path: string): Promise<RepositoryFile | SkippedFile> {
  const skip = (reason: string): SkippedFile => ({ path: path.replace(/\/$/, ''), reason });
  if (path.endsWith('/')) return skip(nestedRepository);
  const absolutePath = join(root, path);
  // Git believes what a repository's index says, `../` included.
  if (!isInside(root, absolutePath)) return skip('outside the folder');
  if (ignored(absolutePath)) return skip(keptFromModel);
  const attribute = attributes?.get(path);
  if (attribute === 'generated' || attribute === 'vendored') return skip(`${attribute}, says .gitattributes`);
  const byName = skipByName(path) ?? secretByName(path);
  if (byName) return skip(byName);
  try {
    const info = await lstat(absolutePath);
    if (info.isSymbolicLink()) return skip(await linkReason(root, absolutePath));
    if (info.isDirectory()) return skip(nestedRepository);
    if (!info.isFile()) return skip(specialReason(info));
    if (info.size > maxFileBytes) return skip(tooLarge(info.size));
    if (info.size === 0) return skip('empty');
    const file = { path, absolutePath, bytes: info.size, mtimeMs: info.mtimeMs };
    return attribute === 'not generated' ? { ...file, notGenerated: true } : file;
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
