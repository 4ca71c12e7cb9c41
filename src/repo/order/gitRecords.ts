/**
 * What git prints, record by record, while it prints. The repository may be hostile, so nothing that its configuration
 * names is run: no pager, no signature check, no monitor, no diff or filter program, no fetching of objects that are
 * not there; nothing is written.
 */
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';

const settings = [
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.quotepath=off',
  'log.showSignature=false',
  'log.showRoot=true',
  'diff.orderFile=/dev/null',
].flatMap((setting) => ['-c', setting]);

/**
 * @param args a command that ends every record with a zero byte (`-z`)
 * @param milliseconds after which git is ended
 * @yields records without their zero byte; fewer, perhaps none, when git is not installed, refuses, fails or is ended.
 *   Git ends as well when the caller stops.
 */
export async function* gitRecords(folder: string, args: readonly string[], milliseconds: number): AsyncGenerator<Buffer, void> {
  // GIT_DIR and its kin, inherited from a hook or a terminal, would make git answer about another repository.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const git = spawn('git', ['--no-pager', '-C', folder, ...settings, ...args], {
    // Not started in the folder: Windows looks for git.exe there first.
    cwd: dirname(process.execPath),
    env: {
      ...Object.fromEntries(inherited),
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      GIT_NO_LAZY_FETCH: '1',
      GIT_ALLOW_PROTOCOL: 'none',
      LC_ALL: 'C',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: milliseconds,
    windowsHide: true,
  });
  // No git: its output ends without a record, and that is the answer.
  git.on('error', () => git.stdout.destroy());
  try {
    let rest = Buffer.alloc(0);
    for await (const chunk of git.stdout) {
      const bytes = Buffer.concat([rest, Buffer.from(chunk)]);
      let start = 0;
      for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
        yield bytes.subarray(start, end);
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
  } catch {
    // The stream was destroyed above.
  } finally {
    git.kill();
  }
}
