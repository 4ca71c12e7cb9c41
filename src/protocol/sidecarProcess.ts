/**
 * One child process, one JSON-RPC connection over its IPC channel, no port and no file. What it writes to
 * stderr goes to the log line by line and its last 100 lines stay for the error message. The child ends by itself
 * when the channel closes, so a window that reloads leaves nothing behind.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter, type MessageConnection } from 'vscode-jsonrpc/node';
import type { EngineKind } from './schemas';
import { LineTail } from './lineTail';
import type { ExitReport, Sidecar } from './sidecar';

export interface SidecarProcessOptions {
  /** Absolute path of `sidecar.mjs`. */
  entry: string;
  engine: EngineKind;
  onLine: (line: string) => void;
}

export const keptLines = 100;
/** How long after its exit we wait for the rest of its stderr, milliseconds. */
export const drain = 500;

/**
 * Whoever types goes first: a model computes on every core there is, the editor's among them. Its threads are like the one
 * that starts them, so this comes before there are any.
 */
export function yieldToEditor(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not every system lets a process be changed; it then computes like any other.
  }
}

export class SidecarProcess implements Sidecar {
  readonly shared = false;
  readonly connection: MessageConnection;
  /** Settles, without error, once the process has ended and its connection is disposed. */
  readonly exited: Promise<ExitReport>;
  readonly #child: ChildProcess;
  #alive = true;

  constructor(options: SidecarProcessOptions) {
    const started = Date.now();
    const tail = new LineTail(keptLines, options.onLine);
    this.#child = fork(options.entry, ['--engine', options.engine], {
      execArgv: [],
      // An Electron executable behaves as plain Node only with this variable.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const child = this.#child;
    yieldToEditor(child.pid);
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => tail.write(chunk));
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => tail.write(chunk));
    this.connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    // A broken channel is reported through `exited`; without a listener the library would throw.
    this.connection.onError(([error]) => options.onLine(`channel: ${error.message}`));
    this.exited = new Promise((resolve) => {
      const finish = (code: number | null, signal: string | null) => {
        if (!this.#alive) return;
        this.#alive = false;
        tail.end();
        this.connection.dispose();
        resolve({ code, signal, lived: Date.now() - started, lastLines: tail.lines });
      };
      child.once('close', finish);
      child.once('exit', (code, signal) => setTimeout(() => finish(code, signal), drain));
      child.once('error', (error) => {
        tail.write(`${error.message}\n`);
        if (child.pid === undefined) finish(null, null);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Whether the channel is closed, which comes a moment before the end. */
  get connectionLost(): boolean {
    return !this.#child.connected;
  }

  kill(): void {
    if (this.#alive) this.#child.kill('SIGKILL');
  }
}
