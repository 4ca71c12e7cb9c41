/**
 * Policy: one conversation per workspace, one answer at a time. Every change goes to the store and to whoever shows it,
 * so the view may come and go while an answer streams. Knows nothing of the editor.
 */
import { randomUUID } from 'node:crypto';
import { CancellationTokenSource, Emitter, type CancellationToken } from 'vscode-jsonrpc/node';
import type { Answer, AskParams, ChatTurn, ToChat } from '../../protocol';
import { toSidecarError } from '../engine/sidecarError';
import type { SidecarClient } from '../engine/sidecarClient';
import type { Prepare, Prepared } from '../mentions/prepareQuestion';
import * as talk from './conversation';

export type Selection = NonNullable<AskParams['selection']>;

/** The part of `vscode.Memento` that is needed. */
export interface Store {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const storeKey = 'bonsai.chat.messages';
/** How often a streaming answer is written to disk, milliseconds. */
const saveEvery = 1000;

export class ChatController {
  readonly #changes = new Emitter<ToChat>();
  /** A message came or changed. */
  readonly onChange = this.#changes.event;
  readonly #resets = new Emitter<void>();
  /** Messages went away: whoever shows them starts afresh. */
  readonly onReset = this.#resets.event;
  #conversation: talk.Conversation;
  #running: CancellationTokenSource | undefined;
  #saving: NodeJS.Timeout | undefined;
  #lastSelection: Selection | undefined;

  constructor(
    private readonly client: Pick<SidecarClient, 'ask'>,
    private readonly store: Store,
    private readonly prepare?: Prepare,
  ) {
    this.#conversation = talk.restored(store.get(storeKey));
  }

  get messages(): talk.Conversation {
    return this.#conversation;
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Asks and streams the answer. Asking the failed last question again replaces it, its selection included.
   * @returns the answer, or nothing when it was stopped or failed (the conversation then says why) or another one runs
   */
  async ask(text: string, selection?: Selection): Promise<Answer | undefined> {
    const question = text.trim();
    if (this.#running || !question) return undefined;
    const source = new CancellationTokenSource();
    this.#running = source;
    const before = talk.withoutFailedLast(this.#conversation, question);
    const about = selection ?? (before === this.#conversation ? undefined : this.#lastSelection);
    this.#lastSelection = about;
    const past = talk.history(before);
    const id = randomUUID();
    const answerId = randomUUID();
    const replaces = before !== this.#conversation;
    this.#conversation = talk.asked(before, { id, answerId, text: question, about: about && describe(about) });
    if (replaces) this.#resets.fire();
    else for (const fresh of [id, answerId]) this.#post(fresh);
    this.#save();
    try {
      const prepared = this.prepare && (await this.#prepared(this.prepare, id, question, past, about, source.token));
      const { history, attachments = [] } = prepared ?? { history: past };
      const answer = await this.client.ask(
        {
          question: prepared?.question ?? question,
          ...(history.length > 0 ? { history } : {}),
          ...(attachments.length > 0 ? { attachments } : {}),
          ...(about ? { selection: about } : {}),
        },
        (delta) => this.#delta(answerId, delta.text),
        source.token,
      );
      this.#end(answerId, talk.endingOf(answer));
      return answer;
    } catch (error) {
      const failure = toSidecarError(error);
      this.#end(answerId, failure.code === 'stopped' ? { state: 'stopped' } : { state: 'failed', error: failure.message });
      return undefined;
    } finally {
      this.#running = undefined;
      source.dispose();
    }
  }

  stop(): void {
    this.#running?.cancel();
  }

  clear(): void {
    this.stop();
    this.#conversation = [];
    this.#lastSelection = undefined;
    this.#resets.fire();
    this.#save();
  }

  /** Stops what runs and writes what is there. */
  async dispose(): Promise<void> {
    this.stop();
    clearTimeout(this.#saving);
    this.#saving = undefined;
    await this.store.update(storeKey, this.#conversation.slice(-talk.keptMessages));
    this.#changes.dispose();
    this.#resets.dispose();
  }

  /** What goes with the question and what does not is shown with it before the answer begins. */
  async #prepared(
    prepare: Prepare,
    id: string,
    text: string,
    history: ChatTurn[],
    about: Selection | undefined,
    token: CancellationToken,
  ): Promise<Prepared> {
    const prepared = await prepare({ text, history, aboutSelection: about !== undefined }, token);
    this.#conversation = talk.withPrepared(this.#conversation, id, prepared);
    this.#post(id);
    return prepared;
  }

  #delta(id: string, text: string): void {
    this.#conversation = talk.withDelta(this.#conversation, id, text);
    this.#changes.fire({ type: 'delta', id, text });
    this.#saving ??= setTimeout(() => this.#save(), saveEvery);
  }

  #end(id: string, ending: talk.Ending): void {
    this.#conversation = talk.ended(this.#conversation, id, ending);
    this.#post(id);
    this.#save();
  }

  #post(id: string): void {
    const message = this.#conversation.find((candidate) => candidate.id === id);
    if (message) this.#changes.fire({ type: 'message', message });
  }

  #save(): void {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    void this.store.update(storeKey, this.#conversation.slice(-talk.keptMessages));
  }
}

/** `src/a.ts:3-9`, or `src/a.ts:3` for a single line. */
export function describe(selection: Selection): string {
  const { path, startLine, endLine } = selection;
  return startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
}
