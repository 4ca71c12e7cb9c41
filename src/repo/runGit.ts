/**
 * Git, asked about a folder that may be hostile. Nothing that its configuration names is run: no fsmonitor, no pager,
 * no prompt, no shell, no fetching of missing objects; nothing is written; a git that hangs is ended.
 */
import { execFile } from 'node:child_process';
import { parse } from 'node:path';

/** Long enough for a million files; git waits for ever where an ignore file is a named pipe. */
const timeoutMs = 20_000;
const maxOutputBytes = 512 * 1024 * 1024;
const settings = ['core.quotepath=off', 'core.fsmonitor=false', 'core.untrackedCache=false'].flatMap((setting) => ['-c', setting]);

export interface GitOutput {
  stdout: Buffer;
  /** Warnings, in English. */
  stderr: string;
}

/** @returns undefined when git is not installed, refuses, fails or takes longer than 20 s */
export function runGit(folder: string, args: readonly string[], input?: Buffer): Promise<GitOutput | undefined> {
  // GIT_DIR and its kin, inherited from a hook or a terminal, would make git answer about another repository.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = {
    ...Object.fromEntries(inherited),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    // An object missing from a partial clone would be fetched by a command that the repository names.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    LC_ALL: 'C',
  };
  // Not started in the folder: Windows looks for git.exe there first, and so does an empty part of PATH.
  const cwd = parse(process.execPath).root;
  return new Promise((resolve) => {
    const git = execFile(
      'git',
      ['-C', folder, ...settings, ...args],
      { cwd, env, encoding: 'buffer', maxBuffer: maxOutputBytes, timeout: timeoutMs, windowsHide: true },
      (error, stdout, stderr) => resolve(error ? undefined : { stdout, stderr: stderr.toString('utf8') }),
    );
    // A git that ends before it has read everything: how it ended says why.
    git.stdin?.on('error', () => undefined);
    git.stdin?.end(input);
  });
}

/** The parts of output that ends every part with a zero byte, as `-z` asks for. */
export function splitAtZeros(output: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let end = output.indexOf(0); end >= 0; end = output.indexOf(0, start)) {
    parts.push(output.subarray(start, end));
    start = end + 1;
  }
  return parts;
}
