/**
 * The chats of a folder, of which one is open in this window. Those used in this window live in memory, all of them on disk,
 * where other windows on the folder may change them; which one is open is remembered, so that a reload comes back to it.
 * Knows nothing of the editor.
 */
import { randomUUID } from 'node:crypto';
import { Emitter } from 'vscode-jsonrpc/node';
import { messageOf } from '../../protocol/messageOf';
import { restored } from './conversation';
import { OpenSession } from './openSession';
import type { Session } from './session';
import { ChangedElsewhere, type SessionStore } from './sessionStore';

/** The part of `vscode.Memento` that is needed. */
export interface Memento {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** Where the one conversation of a workspace was kept before there were sessions. */
const oldKey = 'bonsai.chat.messages';

export class ChatSessions {
  readonly #opens = new Emitter<void>();
  /** Another session is open. */
  readonly onOpen = this.#opens.event;
  readonly #titles = new Emitter<void>();
  /** The open session has another title. */
  readonly onTitle = this.#titles.event;
  readonly #used = new Map<string, OpenSession>();
  #current: OpenSession;
  #loading: Promise<void> | undefined;
  /** What the store was last told to be open. */
  #remembered: string | undefined;

  constructor(
    private readonly store: SessionStore,
    private readonly memento: Memento,
    /** Gets a sentence about what could not be saved. */
    private readonly warn: (text: string) => void,
  ) {
    this.#current = this.#use(newSession());
  }

  get current(): OpenSession {
    return this.#current;
  }

  /** Brings back what was open when the window closed; resolves at once from the second time on. */
  ready(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** Newest first, as they are now; those without a question are left out. */
  async list(): Promise<Session[]> {
    const all = new Map((await this.store.list()).map((session) => [session.id, session]));
    for (const { id, empty, session } of this.#used.values())
      if (!empty && session.changedAt >= (all.get(id)?.changedAt ?? 0)) all.set(id, session);
    return [...all.values()].sort((a, b) => b.changedAt - a.changedAt);
  }

  /** Takes over what another window wrote to the open session. Not while an answer is being written to it. */
  async refresh(): Promise<void> {
    await this.ready();
    const session = this.#current;
    if ((await this.#renewed(session)) && session === this.#current) this.#opens.fire();
  }

  /** An empty session is new enough. */
  create(): void {
    if (!this.#current.empty) this.#open(this.#use(newSession()));
  }

  /** @returns whether there is such a session */
  async open(id: string): Promise<boolean> {
    if (id === this.#current.id) return true;
    const found = await this.#find(id);
    if (found) this.#open(found);
    return found !== undefined;
  }

  /** @param title empty: the first question names it again */
  async rename(id: string, title: string): Promise<void> {
    (await this.#find(id))?.rename(title.trim() || undefined);
    if (id === this.#current.id) this.#titles.fire();
  }

  /** @returns the session as it was, to be restored. @throws the file system's error */
  async remove(id: string): Promise<Session | undefined> {
    const found = await this.#find(id);
    if (!found) return undefined;
    found.forget();
    this.#used.delete(id);
    if (found === this.#current) this.#open(this.#use(newSession()));
    await this.store.remove(id);
    return found.session;
  }

  /** Takes a deletion back. @param open whether it was the open one: it is again, unless another has taken its place */
  restore(session: Session, open: boolean): void {
    // An answer that was streaming has been stopped since.
    const back = this.#use({ ...session, messages: restored(session.messages) });
    back.flush();
    if (open && this.#current.empty) this.#open(back);
  }

  /** The open session changed: its title may have, too. */
  changed(before: string | undefined): void {
    if (this.#current.title !== before) this.#titles.fire();
  }

  /** Resolves when everything is on disk, or could not be written. */
  async dispose(): Promise<void> {
    for (const session of this.#used.values()) session.flush();
    await this.store.settled();
    // A session that parts from its file because another window wrote to it is written again.
    await this.store.settled();
    this.#opens.dispose();
    this.#titles.dispose();
  }

  async #load(): Promise<void> {
    await this.store.adopt();
    const moved = await this.#migrate();
    const id = await this.store.remembered();
    const session = moved ?? (id === undefined ? undefined : await this.store.use(id));
    if (session && this.#current.empty) this.#open(this.#use(session));
  }

  /** Once: the conversation of an older version becomes a session. It goes from its old place when the new one has it. */
  async #migrate(): Promise<Session | undefined> {
    const messages = restored(this.memento.get(oldKey));
    if (messages.length === 0) return undefined;
    const session = { ...newSession(), messages };
    try {
      await this.store.write(session);
      await this.memento.update(oldKey, undefined);
    } catch (error) {
      this.#failed(error);
    }
    return session;
  }

  async #find(id: string): Promise<OpenSession | undefined> {
    const used = this.#used.get(id);
    if (used) {
      await this.#renewed(used);
      return used;
    }
    const session = await this.store.use(id);
    return session && (this.#used.get(id) ?? this.#use(session));
  }

  /** @returns whether another window had changed it */
  async #renewed(session: OpenSession): Promise<boolean> {
    const before = session.session;
    if (session.empty || !(await this.store.changedElsewhere(session.id))) return false;
    const there = await this.store.use(session.id);
    // What was asked here meanwhile is not thrown away.
    if (!there || session.session !== before) return false;
    session.replace(there);
    return true;
  }

  #use(session: Session): OpenSession {
    const used = new OpenSession(session, (now) => {
      this.store.write(now).catch((error: unknown) => {
        if (error instanceof ChangedElsewhere) this.#part(used, error.id);
        else this.#failed(error);
      });
      if (now.id === this.#current.id) this.#remember(now.id);
    });
    this.#used.set(session.id, used);
    return used;
  }

  /** Two windows wrote to one chat: what was said in this one becomes a chat of its own, and nothing is lost. */
  #part(session: OpenSession, id: string): void {
    // Another write of it may have failed before.
    if (session.id !== id) return;
    this.warn(`The chat "${session.title ?? ''}" was changed in another window. What was said here is kept as a chat of its own.`);
    this.#used.delete(id);
    const own = randomUUID();
    this.#used.set(own, session);
    session.part(own);
  }

  #open(session: OpenSession): void {
    if (this.#current.empty) this.#used.delete(this.#current.id);
    this.#current = session;
    this.#remember(session.id);
    this.#opens.fire();
  }

  #remember(id: string): void {
    if (id === this.#remembered) return;
    this.#remembered = id;
    this.store.remember(id).catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    this.warn(`The chat could not be saved: ${messageOf(error)}`);
  }
}

function newSession(): Session {
  const now = Date.now();
  return { id: randomUUID(), title: undefined, createdAt: now, changedAt: now, messages: [], queue: [] };
}
