/** The sidecar as the editor starts it: a process of its own, spoken to over its channel; gone when the work is done. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter, type MessageConnection } from 'vscode-jsonrpc/node';
import { messages, protocolVersion, type EngineKind, type LoadModelParams } from '../../protocol';
import { distFolder } from '../../sidecar/bundleRoot';
import { mustHaveEngine } from '../../sidecar/engine/engineFiles';
import { BonsaiError } from '../../sidecar/errors';

/**
 * @throws BonsaiError `engine-failed` when Bonsai's engine is asked for and not built, or when the process ends on its own;
 * the signal's reason when stopped
 */
export async function withSidecar<T>(
  engine: EngineKind,
  load: LoadModelParams,
  signal: AbortSignal,
  work: (connection: MessageConnection) => Promise<T>,
): Promise<T> {
  mustHaveEngine(engine);
  const child = fork(join(distFolder, 'sidecar.mjs'), ['--engine', engine], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const stop = () => child.kill();
  signal.addEventListener('abort', stop);
  const ended = once(child, 'exit').then(([code]) => {
    signal.throwIfAborted();
    throw new BonsaiError('engine-failed', `The sidecar ended while it was typed against, with code ${String(code)}.`);
  });
  ended.catch(() => undefined);
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.listen();
  const all = async () => {
    await connection.sendRequest(messages.initialize, { protocolVersion, client: 'bonsai bench completion' });
    await connection.sendRequest(messages.loadModel, load);
    return work(connection);
  };
  try {
    return await Promise.race([all(), ended]);
  } finally {
    signal.removeEventListener('abort', stop);
    connection.dispose();
    stop();
    await ended.catch(() => undefined);
  }
}
