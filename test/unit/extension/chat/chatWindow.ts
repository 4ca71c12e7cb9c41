/** A chat as the editor wires it, on a folder of the test's own and a sidecar that answers as the test says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { CancellationToken } from 'vscode-jsonrpc/node';
import type { Answer, AskParams, ToChat } from '../../../../src/protocol';
import { ChatController } from '../../../../src/extension/chat/chatController';
import { ChatSessions, type Memento } from '../../../../src/extension/chat/chatSessions';
import type * as talk from '../../../../src/extension/chat/conversation';
import { SessionStore } from '../../../../src/extension/chat/sessionStore';
import type { Prepare } from '../../../../src/extension/mentions/prepareQuestion';
import { good, numbers } from '../answer';
import { SidecarError } from '../../../../src/extension/engine/sidecarError';

export { good, numbers };

export type Ask = (
  params: AskParams,
  onDelta: (delta: { text: string; ahead?: number }) => void,
  token: CancellationToken,
) => Promise<Answer>;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

export function madeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bonsai-chats-'));
  folders.push(folder);
  return folder;
}

/** A window on a workspace: what is on its disk outlives it. */
export function chat(ask: Ask, folder = madeFolder(), values = new Map<string, unknown>(), prepare?: Prepare, own = folder) {
  const memento: Memento = {
    get: (key) => values.get(key),
    update: (key, value) => Promise.resolve(void values.set(key, value)),
  };
  const warnings: string[] = [];
  const warn = (text: string) => warnings.push(text);
  const store = new SessionStore(folder, warn, own);
  const sessions = new ChatSessions(store, memento, warn);
  const controller = new ChatController({ ask }, sessions, prepare);
  const posted: ToChat[] = [];
  let resets = 0;
  controller.onChange((change) => posted.push(change));
  controller.onReset(() => resets++);
  const reload = async (again: Ask = ask) => {
    await controller.dispose();
    const next = chat(again, folder, values, undefined, own);
    await next.sessions.ready();
    return next;
  };
  return { controller, sessions, posted, warnings, values, folder, reload, resets: () => resets, settled: () => store.settled() };
}

export const texts = (messages: talk.Conversation) => messages.map(({ text }) => text);
export const echo: Ask = ({ question }) => Promise.resolve(good(`re ${question}`));

/** Streams a first piece and ends when it is told to stop. */
export const endless: Ask = (_params, onDelta, token) =>
  new Promise((_resolve, reject) => {
    onDelta({ text: 'half' });
    // As from another process: not within the call that stops it.
    token.onCancellationRequested(() => setImmediate(() => reject(new SidecarError('stopped', 'Stopped.'))));
  });

export async function untilBusy(controller: ChatController): Promise<void> {
  while (!controller.busy) await new Promise(setImmediate);
}
