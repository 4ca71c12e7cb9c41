/** Git, asked about a folder that may be hostile (`safeGit`), for an answer as a whole; a git that hangs is ended. */
import { execFile, type ExecFileException } from 'node:child_process';
import { gitArguments, gitSurroundings } from './safeGit';

/** Long enough for a million files; git waits for ever where an ignore file is a named pipe. */
const timeoutMs = 20_000;
const maxOutputBytes = 512 * 1024 * 1024;

export interface GitOutput {
  stdout: Buffer;
  /** Warnings, in English. */
  stderr: string;
}

export interface GitFailure {
  /** `foreign`: the repository belongs to another user, whom git was not told to trust. */
  failed: 'missing' | 'slow' | 'foreign' | 'no repository' | 'other';
  /** What git said, in English. */
  words: string;
}

export function runGit(folder: string, args: readonly string[], input?: Buffer): Promise<GitOutput | GitFailure> {
  return new Promise((resolve) => {
    const git = execFile(
      'git',
      gitArguments(folder, args),
      { ...gitSurroundings(), encoding: 'buffer', maxBuffer: maxOutputBytes, timeout: timeoutMs },
      (error, stdout, stderr) => {
        const words = stderr.toString('utf8');
        resolve(error ? { failed: kindOf(error, words), words } : { stdout, stderr: words });
      },
    );
    // A git that ends before it has read everything: how it ended says why.
    git.stdin?.on('error', () => undefined);
    git.stdin?.end(input);
  });
}

function kindOf(error: ExecFileException, words: string): GitFailure['failed'] {
  if (error.code === 'ENOENT') return 'missing';
  if (error.killed === true) return 'slow';
  if (words.includes('detected dubious ownership')) return 'foreign';
  return words.includes('not a git repository') ? 'no repository' : 'other';
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
