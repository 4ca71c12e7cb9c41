/**
 * One answer at a time, in the session it was asked in; what is asked meanwhile waits in the session's queue. Every
 * change goes to the session's file and to the view that shows it, so the view may come and go while an answer streams. Leaving the
 * session stops its answer, and so does a failure the queue, which the person then starts again. Knows nothing of the editor.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { CancellationTokenSource, Emitter, type CancellationToken } from 'vscode-jsonrpc/node';
import type { Answer, AnswerDelta, AskParams, ChatTurn, QueuedQuestion, ToChat, ToolCallView } from '../../protocol';
import { placeOf } from '../../protocol/place';
import { toSidecarError } from '../engine/sidecarError';
import type { SidecarClient } from '../engine/sidecarClient';
import type { Prepare, Prepared } from '../mentions/prepareQuestion';
import type { ChatSessions } from './chatSessions';
import * as talk from './conversation';
import type { Selection } from './conversation';
import type { OpenSession } from './openSession';
import { answerWithTools, type LoopMeans } from './tools/toolLoop';
import type { Queued, Session } from './session';

interface Running {
  session: OpenSession;
  source: CancellationTokenSource;
  ended: Promise<Answer | undefined>;
}

/** What a person asks; with `prompt`, the model is asked that, and `text` says what the person did. */
export type AskedQuestion = string | { text: string; prompt: string };

/** What the model is asked, and the messages that show it. */
interface Asking {
  messages: talk.Conversation;
  /** What stands before the question. */
  past: talk.Conversation;
  question: Pick<talk.KeptMessage, 'id' | 'text' | 'selection' | 'prompt'>;
  answerId: string;
  /** Messages went away or were replaced: the view starts over. */
  afresh: boolean;
  /** What has been written of the answer before. */
  begun?: string;
  /** Calls that the answer has made before. */
  calls?: readonly ToolCallView[];
  /** What makes this answer another one than before. */
  sampling?: Pick<AskParams, 'seed' | 'looped'>;
}

/** The tools of an answer; undefined: it has none. @throws as `ask` */
export type OfferTools = (token: CancellationToken) => Promise<Pick<LoopMeans, 'tools' | 'bounds' | 'count'> | undefined>;

/** The engine's own seed is 1; to ask again means to want another answer. */
const seeds = { from: 2, to: 2 ** 31 };

export class ChatController {
  readonly #changes = new Emitter<ToChat>();
  /** A message came or changed. */
  readonly onChange = this.#changes.event;
  readonly #resets = new Emitter<void>();
  /** Messages went away: the view starts over. */
  readonly onReset = this.#resets.event;
  #running: Running | undefined;
  /** Those who wait for the answer to a question of the queue, by its id. */
  readonly #waiting = new Map<string, (answer: Answer | undefined) => void>();
  /** Commands that wait for the person, by the ids of their calls. */
  readonly #toApprove = new Map<string, (run: boolean) => void>();

  constructor(
    private readonly client: Pick<SidecarClient, 'ask'>,
    readonly sessions: ChatSessions,
    private readonly prepare?: Prepare,
    private readonly offerTools: OfferTools = () => Promise.resolve(undefined),
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

  /** The questions of the open session that wait, the next one first. */
  get queue(): QueuedQuestion[] {
    return this.sessions.current.queue.map(({ id, text, selection }) => ({ id, text, about: selection ? placeOf(selection) : '' }));
  }

  /**
   * Asks and streams the answer, after those that were asked before.
   * @returns the answer, or nothing when it was stopped or failed (the conversation then says why) or taken out of the queue
   */
  async ask(question: AskedQuestion, selection?: Selection): Promise<Answer | undefined> {
    await this.refresh();
    const asked = typeof question === 'string' ? { text: question.trim() } : question;
    if (!asked.text) return undefined;
    const queued: Queued = { id: randomUUID(), ...asked, ...(selection ? { selection } : {}) };
    const session = this.sessions.current;
    if (!this.busy && session.queue.length === 0) return this.#start(session, this.#fresh(session, queued));
    this.#setQueue(session, [...session.queue, queued]);
    const answer = new Promise<Answer | undefined>((resolve) => this.#waiting.set(queued.id, resolve));
    this.askQueued();
    return answer;
  }

  /** Asks an earlier question in other words; what followed it is replaced. Nothing when there is no such question. */
  edit(id: string, text: string): Promise<Answer | undefined> {
    return this.#ask((session) => {
      const found = talk.before(session.messages, id);
      const asked = text.trim();
      if (!found || !asked) return undefined;
      const { selection } = found.question;
      const question = { id: randomUUID(), text: asked, ...(selection ? { selection } : {}) };
      return this.#asking(found.past, question, { afresh: true });
    });
  }

  /** Asks the last question again. Its answer is kept beside the new one, whether it was good, stopped or failed. */
  regenerate(): Promise<Answer | undefined> {
    return this.#ask((session) => {
      const found = talk.before(session.messages, session.messages.findLast(({ role }) => role === 'user')?.id);
      if (!found) return undefined;
      const sampling = { seed: randomInt(seeds.from, seeds.to) };
      return this.#asking(found.past, { ...found.question, id: randomUUID() }, { afresh: true, sampling, replaced: found.answer });
    });
  }

  /** Goes on with the last answer, if it ended before it was whole. */
  goOn(): Promise<Answer | undefined> {
    return this.#ask((session) => {
      const found = talk.goneOn(session.messages);
      if (!found) return undefined;
      const { messages, past, question, answer } = found;
      const sampling = { seed: randomInt(seeds.from, seeds.to), ...(answer.cut === 'repeating' ? { looped: true } : {}) };
      const { calls } = answer;
      return { messages, past, question, answerId: answer.id, afresh: true, begun: answer.text, ...(calls ? { calls } : {}), sampling };
    });
  }

  /** Shows the answer before or after this one. */
  turn(id: string, by: 1 | -1): void {
    const session = this.sessions.current;
    if (this.busy) return;
    this.#put(session, talk.turned(session.messages, id, by), 'now');
    this.#post(session, id);
  }

  /** Takes a question out of the queue. */
  unqueue(id: string): void {
    const session = this.sessions.current;
    this.#setQueue(
      session,
      session.queue.filter((queued) => queued.id !== id),
    );
    this.#answered(id, undefined);
  }

  /** Asks the next question of the queue, if no answer is being written. */
  askQueued(): void {
    const session = this.sessions.current;
    const [next, ...rest] = session.queue;
    if (this.busy || !next) return;
    this.#setQueue(session, rest);
    void this.#start(session, this.#fresh(session, next)).then((answer) => this.#answered(next.id, answer));
  }

  /** Takes over what another window wrote to the open session. */
  async refresh(): Promise<void> {
    if (!this.busy) await this.sessions.refresh();
  }

  /** The person's word on one command, which counts once; nothing for a call that does not wait. */
  approve(id: string, run: boolean): void {
    this.#toApprove.get(id)?.(run);
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
    for (const id of [...this.#waiting.keys()]) this.#answered(id, undefined);
    await this.sessions.dispose();
    this.#changes.dispose();
    this.#resets.dispose();
  }

  /** Does nothing while an answer is being written. */
  async #ask(asked: (session: OpenSession) => Asking | undefined): Promise<Answer | undefined> {
    await this.refresh();
    const session = this.sessions.current;
    const asking = this.busy ? undefined : asked(session);
    return asking && this.#start(session, asking);
  }

  #fresh(session: OpenSession, question: Queued): Asking {
    return this.#asking(session.messages, question, { afresh: false });
  }

  #asking(
    past: talk.Conversation,
    { id, text, selection, prompt }: Queued,
    { replaced, ...how }: Pick<Asking, 'afresh' | 'sampling'> & { replaced?: talk.KeptMessage | undefined },
  ): Asking {
    const answerId = randomUUID();
    const question = { id, text, ...(selection ? { selection } : {}), ...(prompt === undefined ? {} : { prompt }) };
    return { messages: talk.asked(past, question, answerId, replaced), past, question, answerId, ...how };
  }

  #start(session: OpenSession, asking: Asking): Promise<Answer | undefined> {
    const source = new CancellationTokenSource();
    // Of a session that was left, so it has been told to stop.
    const earlier = this.#running?.ended;
    const ended = this.#answer(session, asking, source, earlier);
    this.#running = { session, source, ended };
    return ended;
  }

  async #answer(
    session: OpenSession,
    { messages, past, question, answerId, afresh, begun, calls, sampling }: Asking,
    source: CancellationTokenSource,
    earlier: Promise<unknown> | undefined,
  ): Promise<Answer | undefined> {
    const { id, text, selection, prompt = text } = question;
    const turns = talk.history(past);
    this.#put(session, messages, 'now');
    if (afresh) this.#resets.fire();
    else for (const fresh of [id, answerId]) this.#post(session, fresh);
    let failed = false;
    try {
      await earlier;
      const {
        question: told,
        history,
        attachments,
      } = await this.#prepared(session, id, { question: prompt, selection, turns }, source.token);
      const params: AskParams = {
        question: told,
        ...(history.length > 0 ? { history } : {}),
        ...(attachments.length > 0 ? { attachments } : {}),
        ...(selection ? { selection } : {}),
        ...(begun === undefined ? {} : { begun }),
        ...sampling,
      };
      const answer = await this.#written(session, answerId, params, source.token, calls);
      this.#end(session, answerId, talk.endingOf(answer));
      return answer;
    } catch (error) {
      const failure = toSidecarError(error);
      const stopped = failure.code === 'stopped';
      failed = !stopped;
      this.#end(session, answerId, stopped ? { state: 'stopped' } : { state: 'failed', error: failure.message });
      return undefined;
    } finally {
      if (this.#running?.source === source) this.#running = undefined;
      source.dispose();
      if (!failed && session === this.sessions.current) this.askQueued();
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

  /** With tools, where there are any. @returns the answer with what had been written of it before */
  async #written(
    session: OpenSession,
    id: string,
    params: AskParams,
    token: CancellationToken,
    calls: readonly ToolCallView[] | undefined,
  ): Promise<Answer> {
    const onDelta = (delta: AnswerDelta) => this.#delta(session, id, delta);
    const offered = await this.offerTools(token);
    if (!offered) {
      const answer = await this.client.ask(params, onDelta, token);
      return { ...answer, text: (params.begun ?? '') + answer.text };
    }
    const onCalls: LoopMeans['onCalls'] = (all, text) => {
      this.#put(session, talk.withCalls(session.messages, id, all, text), 'now');
      this.#post(session, id);
    };
    const ask: LoopMeans['ask'] = (each, onEach, inner) => this.client.ask(each, onEach, inner);
    return answerWithTools(
      params,
      { ...offered, ask, onDelta, onCalls, approve: (call, _command, inner) => this.#agreed(call, inner) },
      token,
      calls,
    );
  }

  /** Waits for the person, who may also stop the answer: that is a no. */
  async #agreed(id: string, token: CancellationToken): Promise<boolean> {
    let stopping: { dispose: () => void } | undefined;
    try {
      return await new Promise<boolean>((resolve) => {
        this.#toApprove.set(id, resolve);
        stopping = token.onCancellationRequested(() => resolve(false));
        if (token.isCancellationRequested) resolve(false);
      });
    } finally {
      stopping?.dispose();
      this.#toApprove.delete(id);
    }
  }

  #delta(session: OpenSession, id: string, { text, ahead }: AnswerDelta): void {
    if (ahead !== undefined) this.#post(session, id, ahead);
    if (text === '') return;
    this.#put(session, talk.withDelta(session.messages, id, text), 'soon');
    this.#fire(session, { type: 'delta', id, text });
  }

  #end(session: OpenSession, id: string, ending: talk.Ending): void {
    this.#put(session, talk.ended(session.messages, id, ending), 'now');
    this.#post(session, id);
  }

  #answered(id: string, answer: Answer | undefined): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  #put(session: OpenSession, messages: talk.Conversation, when: 'now' | 'soon'): void {
    const { title } = session;
    session.update(messages, when);
    if (session === this.sessions.current) this.sessions.changed(title);
  }

  #setQueue(session: OpenSession, queue: readonly Queued[]): void {
    session.setQueue(queue);
    this.#fire(session, { type: 'queue', questions: this.queue });
  }

  /** @param ahead answers to others that come first */
  #post(session: OpenSession, id: string, ahead = 0): void {
    const message = session.messages.find((candidate) => candidate.id === id);
    if (message) this.#fire(session, { type: 'message', message: { ...talk.shown(message), ...(ahead > 0 ? { ahead } : {}) } });
  }

  /** Nobody sees a session that is not open. */
  #fire(session: OpenSession, change: ToChat): void {
    if (session === this.sessions.current) this.#changes.fire(change);
  }
}
