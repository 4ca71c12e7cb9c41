/** A real sidecar in a child process, started as the editor starts it, and the editor's side of the conversation. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import {
  messages,
  type Answer,
  type AnswerDelta,
  type AskParams,
  type ReadProgress,
  type ReadSummary,
  type Status,
} from '../../src/protocol';

export const root = resolve(import.meta.dirname, '../..');
export const dist = join(root, 'dist');
export const sidecarPath = join(dist, 'sidecar.mjs');
/** Whether Bonsai's engine is built. */
export const built = existsSync(join(root, `node_modules/node-llama-cpp/bins/bonsai-${process.platform}-${process.arch}.json`));
/** Bonsai's engine where it is built, else the stock one (or by wish): the tests hold for both and say which it was. */
export const plan = { engine: built && process.env['BONSAI_TEST_ENGINE'] !== 'stock' ? 'bonsai' : 'stock', env: { ...process.env } };

export interface Client {
  child: ChildProcess;
  connection: MessageConnection;
  statuses: Status[];
  stderr: () => string;
  read(
    folder: string,
    options?: { maxTokens?: number; again?: boolean; onProgress?: (progress: ReadProgress) => void; cancel?: CancellationTokenSource },
  ): Promise<ReadSummary>;
  ask(params: AskParams, onDelta?: (text: string, delta: AnswerDelta) => void, cancel?: CancellationTokenSource): Promise<Answer>;
  stop(): Promise<void>;
}

let tokens = 0;

/** Nothing that an earlier run saved is used, and nothing is left. */
const cache = mkdtempSync(join(tmpdir(), 'bonsai-cache-'));
process.on('exit', () => rmSync(cache, { recursive: true, force: true }));

/** @param variables of the environment, beside those of every sidecar */
export function start(variables: Readonly<Record<string, string>> = {}): Client {
  const child = fork(sidecarPath, ['--engine', plan.engine], { env: { ...plan.env, XDG_CACHE_HOME: cache, ...variables }, silent: true });
  let stderr = '';
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  const statuses: Status[] = [];
  connection.onNotification(messages.statusChanged, (status) => void statuses.push(status));
  connection.listen();
  return {
    child,
    connection,
    statuses,
    stderr: () => stderr,
    async read(folder, { maxTokens, again, onProgress, cancel } = {}) {
      const progressToken = `t${tokens++}`;
      const listening = connection.onProgress(messages.readProgress, progressToken, (progress) => onProgress?.(progress));
      const params = { folders: [folder], progressToken, ...(maxTokens === undefined ? {} : { maxTokens }), ...(again ? { again } : {}) };
      try {
        return await connection.sendRequest(messages.readRepository, params, cancel?.token);
      } finally {
        listening.dispose();
      }
    },
    async ask(params, onDelta, cancel) {
      const progressToken = `t${tokens++}`;
      const listening = connection.onProgress(messages.answerDelta, progressToken, (delta) => onDelta?.(delta.text, delta));
      try {
        return await connection.sendRequest(messages.ask, { ...params, progressToken }, cancel?.token);
      } finally {
        listening.dispose();
      }
    },
    async stop() {
      connection.dispose();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

export function failing(promise: Promise<unknown>): Promise<{ code: unknown; message: string }> {
  return promise.then(
    () => {
      throw new Error('It was expected to fail, and did not.');
    },
    (error: unknown) => {
      const { data, message } = error as { data?: { code?: unknown }; message: string };
      return { code: data?.code, message };
    },
  );
}

export async function until(holds: () => boolean, milliseconds: number): Promise<boolean> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await new Promise((next) => setTimeout(next, 20))) if (holds()) return true;
  return holds();
}
