/**
 * Git's view of a folder: tracked files and untracked files that no ignore rule covers. The repository may be hostile,
 * so nothing it configures is run: no fsmonitor, no pager, no prompt, no shell, no index refresh.
 */
import { execFile } from 'node:child_process';
import { isUtf8 } from 'node:buffer';

const timeoutMs = 60_000;
const maxOutputBytes = 512 * 1024 * 1024;

export interface GitFiles {
  /** Relative to the folder, forward slashes, no duplicates. */
  paths: string[];
  /** Names that are not UTF-8, shown with the bad bytes replaced. */
  unreadableNames: string[];
}

/** @returns undefined when the folder is not in a git work tree that git is willing to read, or git is not installed */
export async function gitFiles(folder: string): Promise<GitFiles | undefined> {
  const args = ['-c', 'core.quotepath=off', '-c', 'core.fsmonitor=false', '-c', 'core.untrackedCache=false'];
  const output = await run([...args, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], folder);
  if (!output) return undefined;
  const paths = new Set<string>();
  const unreadableNames: string[] = [];
  let start = 0;
  for (let end = output.indexOf(0); end >= 0; end = output.indexOf(0, start)) {
    const name = output.subarray(start, end);
    start = end + 1;
    if (isUtf8(name)) paths.add(name.toString('utf8'));
    else unreadableNames.push(name.toString('utf8'));
  }
  return { paths: [...paths], unreadableNames };
}

function run(args: string[], cwd: string): Promise<Buffer | undefined> {
  // GIT_DIR and its kin, inherited from a hook or a terminal, would make git answer about another repository.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = { ...Object.fromEntries(inherited), GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
  return new Promise((resolve) => {
    execFile(
      'git',
      args,
      { cwd, env, encoding: 'buffer', maxBuffer: maxOutputBytes, timeout: timeoutMs, windowsHide: true },
      (error, stdout) => resolve(error ? undefined : stdout),
    );
  });
}
