/**
 * Policy: one answer at a time, in the session it was asked in. Every change goes to the session's file and to whoever shows
 * it, so the view may come and go while an answer streams; leaving the session stops its answer. Knows nothing of the editor.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { CancellationTokenSource, Emitter, type CancellationToken } from 'vscode-jsonrpc/node';
import type { Answer, AskParams, ChatTurn, ToChat } from '../../protocol';
import { toSidecarError } from '../engine/sidecarError';
import type { SidecarClient } from '../engine/sidecarClient';
import type { Prepare, Prepared } from '../mentions/prepareQuestion';
import type { ChatSessions } from './chatSessions';
import * as talk from './conversation';
import type { Selection } from './conversation';
import type { OpenSession } from './openSession';
import type { Session } from './session';

interface Running {
  session: OpenSession;
  source: CancellationTokenSource;
  ended: Promise<Answer | undefined>;
}

interface Question {
  text: string;
  selection?: Selection | undefined;
  /** What stands before it; what stood behind that is replaced. Absent: it follows all there is. */
  past?: talk.Conversation;
  seed?: number;
}

/** The engine's own seed is 1; to ask again means to want another answer. */
const seeds = { from: 2, to: 2 ** 31 };

export class ChatController {
  readonly #changes = new Emitter<ToChat>();
  /** A message came or changed. */
  readonly onChange = this.#changes.event;
  readonly #resets = new Emitter<void>();
  /** Messages went away: whoever shows them starts afresh. */
  readonly onReset = this.#resets.event;
  #running: Running | undefined;

  constructor(
    private readonly client: Pick<SidecarClient, 'ask'>,
    readonly sessions: ChatSessions,
    private readonly prepare?: Prepare,
  ) {
    sessions.onOpen(() => {
      this.#resets.fire();
    });
  }

  get messages(): talk.Conversation {
    return this.sessions.current.messages;
  }

  /** Whether an answer is being written in the open session. */
  get busy(): boolean {
    return this.#running?.session === this.sessions.current;
  }

  /**
   * Asks and streams the answer.
   * @returns the answer, or nothing when it was stopped or failed (the conversation then says why) or another one runs
   */
  ask(text: string, selection?: Selection): Promise<Answer | undefined> {
    return this.#ask(() => ({ text, selection }));
  }

  /** Asks an earlier question in other words; what followed it is replaced. Nothing when there is no such question. */
  edit(id: string, text: string): Promise<Answer | undefined> {
    return this.#ask(() => {
      const found = talk.before(this.messages, id);
      return found && { text, selection: found.question.selection, past: found.past };
    });
  }

  /** Asks the last question again; its answer is replaced, whether it was good, stopped or failed. */
  regenerate(): Promise<Answer | undefined> {
    return this.#ask(() => {
      const found = talk.before(this.messages, this.messages.findLast(({ role }) => role === 'user')?.id);
      if (!found) return undefined;
      const { text, selection } = found.question;
      return { text, selection, past: found.past, seed: randomInt(seeds.from, seeds.to) };
    });
  }

  stop(): void {
    this.#running?.source.cancel();
  }

  async newChat(): Promise<void> {
    await this.sessions.ready();
    this.stop();
    this.sessions.create();
  }

  /** @returns whether there is such a session */
  async open(id: string): Promise<boolean> {
    await this.sessions.ready();
    if (id !== this.sessions.current.id) this.stop();
    return this.sessions.open(id);
  }

  /** @returns the session as it was, to be restored. @throws the file system's error */
  remove(id: string): Promise<Session | undefined> {
    if (this.#running?.session.id === id) this.stop();
    return this.sessions.remove(id);
  }

  /** Stops what runs and writes what is there. */
  async dispose(): Promise<void> {
    this.stop();
    await this.sessions.dispose();
    this.#changes.dispose();
    this.#resets.dispose();
  }

  async #ask(asked: () => Question | undefined): Promise<Answer | undefined> {
    await this.sessions.ready();
    if (this.busy) return undefined;
    const question = asked();
    const text = question?.text.trim();
    if (!question || !text) return undefined;
    const session = this.sessions.current;
    const source = new CancellationTokenSource();
    // Of a session that was left, so it has been told to stop.
    const earlier = this.#running?.ended;
    const ended = this.#answer(session, { ...question, text }, source, earlier);
    this.#running = { session, source, ended };
    return ended;
  }

  async #answer(
    session: OpenSession,
    { text: question, selection, past, seed }: Question,
    source: CancellationTokenSource,
    earlier: Promise<unknown> | undefined,
  ): Promise<Answer | undefined> {
    const id = randomUUID();
    const answerId = randomUUID();
    const turns = talk.history(past ?? session.messages);
    this.#put(session, talk.asked(past ?? session.messages, { id, answerId, text: question, selection }), 'now');
    if (past) this.#resets.fire();
    else for (const fresh of [id, answerId]) this.#post(session, fresh);
    try {
      await earlier;
      const { question: told, history, attachments } = await this.#prepared(session, id, { question, selection, turns }, source.token);
      const params: AskParams = {
        question: told,
        ...(history.length > 0 ? { history } : {}),
        ...(attachments.length > 0 ? { attachments } : {}),
        ...(selection ? { selection } : {}),
        ...(seed === undefined ? {} : { seed }),
      };
      const answer = await this.client.ask(params, ({ text }) => this.#delta(session, answerId, text), source.token);
      this.#end(session, answerId, talk.endingOf(answer));
      return answer;
    } catch (error) {
      const failure = toSidecarError(error);
      const stopped = failure.code === 'stopped';
      this.#end(session, answerId, stopped ? { state: 'stopped' } : { state: 'failed', error: failure.message });
      return undefined;
    } finally {
      if (this.#running?.source === source) this.#running = undefined;
      source.dispose();
    }
  }

  /** What goes with the question and what does not is shown with it before the answer begins. */
  async #prepared(
    session: OpenSession,
    id: string,
    { question, selection, turns }: { question: string; selection: Selection | undefined; turns: ChatTurn[] },
    token: CancellationToken,
  ): Promise<Pick<Prepared, 'question' | 'history' | 'attachments'>> {
    if (!this.prepare) return { question, history: turns, attachments: [] };
    const prepared = await this.prepare({ text: question, history: turns, aboutSelection: selection !== undefined }, token);
    this.#put(session, talk.withPrepared(session.messages, id, prepared), 'now');
    this.#post(session, id);
    return prepared;
  }

  #delta(session: OpenSession, id: string, text: string): void {
    this.#put(session, talk.withDelta(session.messages, id, text), 'soon');
    this.#fire(session, { type: 'delta', id, text });
  }

  #end(session: OpenSession, id: string, ending: talk.Ending): void {
    this.#put(session, talk.ended(session.messages, id, ending), 'now');
    this.#post(session, id);
  }

  #put(session: OpenSession, messages: talk.Conversation, when: 'now' | 'soon'): void {
    const { title } = session;
    session.update(messages, when);
    if (session === this.sessions.current) this.sessions.changed(title);
  }

  #post(session: OpenSession, id: string): void {
    const message = session.messages.find((candidate) => candidate.id === id);
    if (message) this.#fire(session, { type: 'message', message: talk.shown(message) });
  }

  /** Nobody sees a session that is not open. */
  #fire(session: OpenSession, change: ToChat): void {
    if (session === this.sessions.current) this.#changes.fire(change);
  }
}
