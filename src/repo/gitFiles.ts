/** Git's view of a folder: tracked files and untracked files that no ignore rule covers. */
import { isUtf8 } from 'node:buffer';
import { dirname } from 'node:path';
import { runGit, splitAtZeros, type GitFailure } from './runGit';
import { badName, cannotBeEntered } from './skipReasons';
import type { FoundPaths, SkippedFile } from './types';

/** @returns why there is none, when the folder is in no work tree that git is willing to read, or git is not installed */
export async function gitFiles(folder: string): Promise<FoundPaths | GitFailure> {
  const output = await runGit(folder, ['ls-files', '-z', '-t', '--cached', '--others', '--exclude-standard']);
  if ('failed' in output) return output;
  // A file in a merge conflict is listed once for every side.
  const paths = new Set<string>();
  const tracked = new Set<string>();
  const notCheckedOut = new Set<string>();
  const skipped = unreadableFolders(output.stderr);
  for (const record of splitAtZeros(output.stdout)) {
    // A letter for the state, a space, the name.
    const name = record.subarray(2);
    const path = name.toString('utf8');
    if (!isUtf8(name)) skipped.push({ path: path.replace(/\/$/, ''), reason: badName });
    else paths.add(path);
    if (record[0] !== other) tracked.add(path);
    if (record[0] === sparse) notCheckedOut.add(path);
  }
  return { paths: [...paths], skipped, tracked, notCheckedOut };
}

/** Of `ls-files -t`. `S`: git was told not to have the file in the work tree; `?`: not tracked. */
const sparse = 0x53;
const other = 0x3f;

/** Whether the repository above a folder ignores it as a whole. */
export async function isIgnoredByGit(folder: string): Promise<boolean> {
  return 'stdout' in (await runGit(folder, ['check-ignore', '--no-index', '-q', '--', folder]));
}

/** Whether git leaves a file out of its work tree, which no tracked file is; undefined: git gives no answer. @param path absolute */
export async function isLeftOutByGit(path: string): Promise<boolean | undefined> {
  const answer = await runGit(dirname(path), ['check-ignore', '-q', '--', path]);
  if ('stdout' in answer) return true;
  // Git ends with 1 and without a word where no rule names the file.
  return answer.failed === 'other' && answer.words === '' ? false : undefined;
}

/** Git passes over a folder that it cannot enter with no more than a warning. */
function unreadableFolders(warnings: string): SkippedFile[] {
  return [...warnings.matchAll(/^warning: could not open directory '(.+)\/': (.+)$/gm)].map(([, path = '', why = '']) => ({
    path,
    reason: cannotBeEntered(why === 'Permission denied' ? 'EACCES' : why),
  }));
}
