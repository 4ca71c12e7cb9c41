/**
 * A session that is in use is kept in memory and written about once a second while an answer streams, at once when
 * something begins or ends. A session in which nothing was asked is not written, nor is one that was deleted.
 */
import { titleOf, type Queued, type Session } from './session';
import type { Conversation } from './conversation';

/** Milliseconds between two writes of an answer that streams. */
const saveEvery = 1000;

export class OpenSession {
  #session: Session;
  #waiting: NodeJS.Timeout | undefined;
  #deleted = false;

  /** @param save never throws; writes overtake each other in no case */
  constructor(
    session: Session,
    private readonly save: (session: Session) => void,
  ) {
    this.#session = session;
  }

  get id(): string {
    return this.#session.id;
  }

  /** As it is now, to be listed, exported or written. */
  get session(): Session {
    return this.#session;
  }

  get messages(): Conversation {
    return this.#session.messages;
  }

  get title(): string | undefined {
    return titleOf(this.#session);
  }

  get queue(): readonly Queued[] {
    return this.#session.queue;
  }

  get empty(): boolean {
    const { messages, title, queue } = this.#session;
    return messages.length === 0 && title === undefined && queue.length === 0;
  }

  /** Takes over what another window wrote. */
  replace(session: Session): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#session = session;
  }

  /** Becomes a session of its own, beside the one that another window has changed, and is written as that. */
  part(id: string): void {
    this.#session = { ...this.#session, id };
    this.flush();
  }

  /** @param when `soon`: with what else comes within a second */
  update(messages: Conversation, when: 'now' | 'soon'): void {
    this.#session = { ...this.#session, messages, changedAt: Date.now() };
    if (when === 'now') this.flush();
    else this.#waiting ??= setTimeout(() => this.flush(), saveEvery);
  }

  setQueue(queue: readonly Queued[]): void {
    this.#session = { ...this.#session, queue };
    this.flush();
  }

  /** @param title undefined: the first question names it again */
  rename(title: string | undefined): void {
    this.#session = { ...this.#session, title };
    this.flush();
  }

  /** Writes what there is. */
  flush(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    if (!this.#deleted && !this.empty) this.save(this.#session);
  }

  /** Its file is about to go. */
  forget(): void {
    this.#deleted = true;
    clearTimeout(this.#waiting);
  }
}
