/**
 * The view of a folder that git does not manage: every entry that no `.gitignore` covers, links not followed.
 * Version control folders and installed packages are left out even when no ignore file says so.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isGitIgnored } from 'globby';

const neverEntered = new Set(['.git', '.hg', '.svn', 'node_modules', '__pycache__', '.venv']);

/** @returns paths relative to the folder, with forward slashes; directories left out, links and special files included */
export async function walkFiles(folder: string): Promise<string[]> {
  const ignored = await isGitIgnored({
    cwd: folder,
    followSymbolicLinks: false,
    suppressErrors: true,
    ignore: [...neverEntered].map((name) => `**/${name}/**`),
  });
  const files: string[] = [];
  const folders = [''];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    for (const entry of await entriesOf(join(folder, at))) {
      const path = at + entry.name;
      if (!entry.isDirectory()) {
        if (!ignored(join(folder, path))) files.push(path);
      } else if (!neverEntered.has(entry.name) && !ignored(`${join(folder, path)}/`)) {
        folders.push(`${path}/`);
      }
    }
  }
  return files;
}

/** A folder that cannot be entered holds nothing to read; the others still do. */
async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
