/** Git's view of a folder: tracked files and untracked files that no ignore rule covers. */
import { isUtf8 } from 'node:buffer';
import { runGit, splitAtZeros } from './runGit';
import { badName, cannotBeEntered } from './skipReasons';
import type { FoundPaths, SkippedFile } from './types';

/** @returns undefined when the folder is not in a git work tree that git is willing to read, or git is not installed */
export async function gitFiles(folder: string): Promise<FoundPaths | undefined> {
  const output = await runGit(folder, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  if (!output) return undefined;
  // A file in a merge conflict is listed once for every side.
  const paths = new Set<string>();
  const skipped = unreadableFolders(output.stderr);
  for (const name of splitAtZeros(output.stdout)) {
    const path = name.toString('utf8');
    if (isUtf8(name)) paths.add(path);
    else skipped.push({ path: path.replace(/\/$/, ''), reason: badName });
  }
  return { paths: [...paths], skipped };
}

/** Git passes over a folder that it cannot enter with no more than a warning. */
function unreadableFolders(warnings: string): SkippedFile[] {
  return [...warnings.matchAll(/^warning: could not open directory '(.+)\/': (.+)$/gm)].map(([, path = '', why = '']) => ({
    path,
    reason: cannotBeEntered(why === 'Permission denied' ? 'EACCES' : why),
  }));
}
