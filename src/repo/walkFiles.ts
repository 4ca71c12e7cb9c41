/**
 * The view of a folder that git does not manage: every entry that no `.gitignore` covers, links not followed.
 * Version control folders and installed packages are left out even when no ignore file says so.
 */
import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoreRules } from './ignoreRules';
import { badName, cannotBeEntered, codeOf } from './skipReasons';
import type { FoundPaths, SkippedFile } from './types';

const neverEntered = new Set(['.git', '.hg', '.svn', 'node_modules', '__pycache__', '.venv']);

/**
 * @returns paths of everything that is not a folder, links and special files included
 * @throws the error of `readdir` when the folder itself cannot be read
 */
export async function walkFiles(folder: string): Promise<FoundPaths> {
  const ignored = await ignoreRules(folder, '.gitignore', [...neverEntered]);
  const paths: string[] = [];
  const skipped: SkippedFile[] = [];
  const folders = [''];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    let entries: Dirent<Buffer>[];
    try {
      entries = await readdir(join(folder, at), { withFileTypes: true, encoding: 'buffer' });
    } catch (error) {
      if (at === '') throw error;
      skipped.push({ path: at.slice(0, -1), reason: cannotBeEntered(codeOf(error)) });
      continue;
    }
    for (const entry of entries) {
      const name = entry.name.toString('utf8');
      const path = at + name;
      if (!isUtf8(entry.name)) skipped.push({ path, reason: badName });
      else if (entry.isDirectory()) {
        if (!neverEntered.has(name) && !ignored(`${join(folder, path)}/`)) folders.push(`${path}/`);
        // In a submodule or another work tree, `.git` is a file that says where the repository is.
      } else if (name !== '.git' && !ignored(join(folder, path))) paths.push(path);
    }
  }
  return { paths, skipped };
}
