/** Git, asked about a folder that may be hostile (`safeGit`), for an answer as a whole; a git that hangs is ended. */
import { execFile } from 'node:child_process';
import { gitArguments, gitSurroundings } from './safeGit';

/** Long enough for a million files; git waits for ever where an ignore file is a named pipe. */
const timeoutMs = 20_000;
const maxOutputBytes = 512 * 1024 * 1024;

export interface GitOutput {
  stdout: Buffer;
  /** Warnings, in English. */
  stderr: string;
}

/** @returns undefined when git is not installed, refuses, fails or takes longer than 20 s */
export function runGit(folder: string, args: readonly string[], input?: Buffer): Promise<GitOutput | undefined> {
  return new Promise((resolve) => {
    const git = execFile(
      'git',
      gitArguments(folder, args),
      { ...gitSurroundings(), encoding: 'buffer', maxBuffer: maxOutputBytes, timeout: timeoutMs },
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
