/**
 * Runs one command that a person agreed to, in a shell, in a folder. It has no input, ends after a time or when the answer is
 * stopped, with all that it started, and of its output the end is kept.
 */
import { spawn } from 'node:child_process';
import type { CancellationToken } from 'vscode-jsonrpc/node';
import { OutputTail } from '../../terminal/outputTail';

export interface CommandLimits {
  /** Milliseconds. */
  timeout: number;
}

/** @returns how it ended and what it wrote, for the model to read @throws Error where it could not be started */
export function runShellCommand(command: string, folder: string, { timeout }: CommandLimits, token: CancellationToken): Promise<string> {
  return new Promise((resolve, reject) => {
    const windows = process.platform === 'win32';
    // A group of its own, so that what it starts ends with it.
    const child = spawn(command, {
      ...{ cwd: folder, shell: true, detached: !windows, windowsHide: true, env: surroundings() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = new OutputTail();
    let cut: string | undefined;
    const end = (why: string) => {
      cut ??= why;
      if (child.pid === undefined) return;
      if (windows) spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
      else endGroup(child.pid);
    };
    const timer = setTimeout(() => end(`It was ended after ${timeout / 1000} s.`), timeout);
    const stopping = token.onCancellationRequested(() => end('It was stopped by the person.'));
    if (token.isCancellationRequested) end('It was stopped by the person.');
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => output.add(text));
    }
    const settle = () => {
      clearTimeout(timer);
      stopping.dispose();
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    // When its streams have ended, too; a process that it left behind may hold them, so the end of the child is enough after an end by force.
    child.once('exit', (code, signal) => {
      const finish = () => {
        settle();
        const how = cut ?? (signal === null ? `Exit code ${code ?? 0}.` : `It was ended by ${signal}.`);
        resolve(`${how}\n${output.text === '' ? 'It wrote nothing.' : output.text}`);
      };
      if (cut === undefined) child.once('close', finish);
      else finish();
    });
  });
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Without what makes the editor's own programs something else. */
function surroundings(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:ELECTRON_|VSCODE_|NODE_OPTIONS$)/.test(name));
  return Object.fromEntries(kept);
}
