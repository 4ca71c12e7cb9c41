/**
 * The view of a folder without git: every entry that no rule ignores, links not followed. Version control folders and
 * installed packages are left out even when no rule says so.
 */
import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gitIgnore } from './rules/gitIgnore';
import { gitPlace } from './rules/gitPlace';
import type { IgnoreRules } from './rules/ignoreFiles';
import { badName, cannotBeEntered, codeOf } from './skipReasons';
import type { FoundPaths, SkippedFile } from './types';

const neverEntered = new Set(['.git', '.hg', '.svn', 'node_modules', '__pycache__', '.venv']);

/** A folder to be looked into, and the rules for its entries: those of a repository in it are added to those around it. */
interface Inside {
  /** '' or a path that ends with a slash. */
  at: string;
  rules: readonly { from: number; rules: IgnoreRules }[];
}

/**
 * @param nested what becomes of a repository inside the folder: as git does, it is named and not entered, or its files are
 *   listed by its own rules
 * @returns paths of everything that is not a folder, links and special files included; a named repository ends with a slash
 * @throws the error of `readdir` when the folder itself cannot be read
 */
export async function walkFiles(folder: string, rules: IgnoreRules, nested: 'named' | 'entered'): Promise<FoundPaths> {
  const paths: string[] = [];
  const skipped: SkippedFile[] = [];
  const folders: Inside[] = [{ at: '', rules: [{ from: 0, rules }] }];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const { at } = next;
    let entries: Dirent<Buffer>[];
    try {
      entries = await readdir(join(folder, at), { withFileTypes: true, encoding: 'buffer' });
    } catch (error) {
      if (at === '') throw error;
      skipped.push({ path: at.slice(0, -1), reason: cannotBeEntered(codeOf(error)) });
      continue;
    }
    const isRepository = at !== '' && entries.some(({ name }) => name.toString('latin1') === '.git');
    if (isRepository && nested === 'named') {
      paths.push(at);
      continue;
    }
    const here = isRepository ? [...next.rules, ...(await rulesOf(join(folder, at), at.length))] : next.rules;
    for (const entry of entries) {
      const name = entry.name.toString('utf8');
      const path = at + name;
      const isFolder = entry.isDirectory();
      if (!isUtf8(entry.name)) skipped.push({ path, reason: badName });
      // In a submodule or another work tree, `.git` is a file that says where the repository is.
      else if (name === '.git' || (isFolder && neverEntered.has(name))) continue;
      else if (await ignored(here, path, isFolder)) continue;
      else if (isFolder) folders.push({ at: `${path}/`, rules: here });
      else paths.push(path);
    }
  }
  return { paths, skipped, tracked: new Set(), notCheckedOut: new Set() };
}

async function rulesOf(folder: string, from: number): Promise<Inside['rules']> {
  const place = await gitPlace(folder.replace(/[/\\]$/, ''));
  const rules = place && (await gitIgnore(place, place.root));
  return rules ? [{ from, rules }] : [];
}

async function ignored(all: Inside['rules'], path: string, isFolder: boolean): Promise<boolean> {
  for (const { from, rules } of all) if (await rules.ignores(path.slice(from), isFolder)) return true;
  return false;
}
