/**
 * What git prints, record by record, while it prints; the repository may be hostile (`safeGit`). Of a log nothing that the
 * configuration names is run either: no signature check, no diff or filter program.
 */
import { spawn } from 'node:child_process';
import { gitArguments, gitSurroundings } from '../safeGit';

const settings = ['log.showSignature=false', 'log.showRoot=true', 'diff.orderFile=/dev/null'];

/**
 * @param args a command that ends every record with a zero byte (`-z`)
 * @param milliseconds after which git is ended
 * @yields records without their zero byte; fewer, perhaps none, when git is not installed, refuses, fails or is ended.
 *   Git ends as well when the caller stops.
 */
export async function* gitRecords(folder: string, args: readonly string[], milliseconds: number): AsyncGenerator<Buffer, void> {
  const git = spawn('git', gitArguments(folder, args, settings), {
    ...gitSurroundings(),
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: milliseconds,
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
