/**
 * Types against the real sidecar process, over its channel, as the extension does: every key asks and takes back what the
 * key before it asked. The extension itself also waits, and reuses answers along which one types; here every key counts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CancellationTokenSource, ResponseError, type MessageConnection } from 'vscode-jsonrpc/node';
import { messages } from '../../protocol';
import type { Key } from './keystrokes';
import type { TypedRequest } from './result';

/** @throws the failure of a request that no newer key had stopped; the signal's reason when stopped */
export async function replay(
  connection: Pick<MessageConnection, 'sendRequest'>,
  keys: readonly Key[],
  signal: AbortSignal,
  onKey: (done: number) => void = () => undefined,
): Promise<TypedRequest[]> {
  const requests: Promise<TypedRequest>[] = [];
  let newest: CancellationTokenSource | undefined;
  for (const { params, pause } of keys) {
    newest?.cancel();
    newest = new CancellationTokenSource();
    const asked = ask(connection, params, newest);
    // Looked at when all keys are typed, or never when typing is broken off.
    asked.catch(() => undefined);
    requests.push(asked);
    await delay(pause, undefined, { signal });
    onKey(requests.length);
  }
  return Promise.all(requests);
}

async function ask(
  connection: Pick<MessageConnection, 'sendRequest'>,
  params: Key['params'],
  stop: CancellationTokenSource,
): Promise<TypedRequest> {
  const began = performance.now();
  const took = () => performance.now() - began;
  try {
    const { reusedTokens, readTokens, generatedTokens } = await connection.sendRequest(messages.complete, params, stop.token);
    return { milliseconds: took(), answer: { reusedTokens, readTokens, generatedTokens } };
  } catch (error) {
    if (stop.token.isCancellationRequested && error instanceof ResponseError) return { milliseconds: took() };
    throw error;
  } finally {
    stop.dispose();
  }
}
