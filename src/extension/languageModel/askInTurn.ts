/**
 * Policy: the engine writes one answer at a time, and VS Code asks for several (a title beside an answer, a tool within
 * one): they wait for each other, and for an answer in Bonsai's own chat. Whoever is cancelled stops waiting at once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { CancellationToken } from 'vscode-jsonrpc/node';
import type { Answer, AskParams } from '../../protocol';
import type { SidecarClient } from '../engine/sidecarClient';
import { SidecarError, toSidecarError } from '../engine/sidecarError';

/** Milliseconds after which a busy engine is asked again, should it not say that it is free. */
const patience = 1000;

export type Ask = (params: AskParams, onText: (text: string) => void, token: CancellationToken) => Promise<Answer>;

export function askInTurn(client: Pick<SidecarClient, 'ask' | 'onStatus'>): Ask {
  const oneAtATime = pLimit(1);

  const whenFree: Ask = async (params, onText, token) => {
    for (;;) {
      if (token.isCancellationRequested) throw stopped();
      try {
        return await client.ask(params, ({ text }) => onText(text), token);
      } catch (error) {
        const failure = toSidecarError(error);
        if (failure.code !== 'busy') throw failure;
        await Promise.race([free(client), delay(patience, undefined, { ref: false })]);
      }
    }
  };

  return (params, onText, token) =>
    new Promise((resolve, reject) => {
      const link = token.onCancellationRequested(() => reject(stopped()));
      oneAtATime(() => whenFree(params, onText, token))
        .then(resolve, reject)
        .finally(() => link.dispose());
    });
}

function free(client: Pick<SidecarClient, 'onStatus'>): Promise<void> {
  return new Promise((resolve) => {
    const listening = client.onStatus(({ state }) => {
      if (state === 'answering') return;
      listening.dispose();
      resolve();
    });
  });
}

function stopped(): SidecarError {
  return new SidecarError('stopped', 'Stopped.');
}
