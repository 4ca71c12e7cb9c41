/**
 * The view of a folder that git does not manage: every entry that no `.gitignore` covers, links not followed.
 * Version control folders and installed packages are left out even when no ignore file says so.
 */
import { globby } from 'globby';

const never = ['**/.git/**', '**/.hg/**', '**/.svn/**', '**/node_modules/**', '**/__pycache__/**', '**/.venv/**'];

/** @returns paths relative to the folder, with forward slashes; directories left out, links and special files included */
export async function walkFiles(folder: string): Promise<string[]> {
  const entries = await globby('**', {
    cwd: folder,
    gitignore: true,
    dot: true,
    // Links and special files are wanted too, to be named with a reason; only directories go.
    onlyFiles: false,
    markDirectories: true,
    followSymbolicLinks: false,
    suppressErrors: true,
    expandDirectories: false,
    ignore: never,
  });
  return entries.filter((path) => !path.endsWith('/'));
}
