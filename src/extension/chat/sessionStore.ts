/**
 * One file per session, written atomically and readable by its owner alone. What cannot be read is moved aside under another
 * name with a line in the log, and never keeps the others away. More than so many sessions: the oldest go. Several windows
 * may use one folder: what another window wrote since is never overwritten. Which session is open belongs to the window, and
 * is a file too, since what the editor remembers for us may come too late for a window that is loaded again.
 */
import { copyFile, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { messageOf } from '../../protocol/messageOf';
import { parseSession, sessionText, type Session } from './session';

export const mostSessions = 200;

const sessionFile = /^([\w-]{1,64})\.json$/;
const brokenSuffix = '.broken';
const openFile = 'open';

/** Another window wrote the session since it was last read or written here. */
export class ChangedElsewhere extends Error {
  constructor(readonly id: string) {
    super(`The chat ${id} was changed in another window.`);
    this.name = 'ChangedElsewhere';
  }
}

export class SessionStore {
  /** A session that is deleted while it is being written must not come back. */
  readonly #inTurn = pLimit(1);
  #known: Set<string> | undefined;
  /** Of the sessions in use: the state of their files when they were last read or written here. */
  readonly #bases = new Map<string, string>();

  /**
   * @param folder of the sessions, absolute path; made when there is something to write
   * @param window folder of what belongs to this window alone
   * @param warn gets a sentence about what went wrong and was survived
   */
  constructor(
    private readonly folder: string,
    private readonly warn: (text: string) => void,
    private readonly window = folder,
    private readonly most = mostSessions,
  ) {}

  /** Moves the sessions here that were kept with the window, as they were before they belonged to the folder. */
  async adopt(): Promise<void> {
    if (this.window === this.folder) return;
    for (const name of await this.#names(this.window)) {
      const [from, to] = [join(this.window, name), join(this.folder, name)];
      try {
        if ((await this.#state(to)) !== undefined) continue;
        await mkdir(this.folder, { recursive: true, mode: 0o700 });
        await rename(from, to).catch(async () => {
          // On another disk.
          await copyFile(from, to);
          await rm(from);
        });
      } catch (error) {
        this.warn(`The chat ${from} could not be moved to ${to}: ${messageOf(error)}`);
      }
    }
  }

  /** As `read`, for a session that is going to be changed. */
  async use(id: string): Promise<Session | undefined> {
    const state = await this.#state(this.#path(id));
    const session = await this.read(id);
    if (session && state !== undefined) this.#bases.set(id, state);
    return session;
  }

  /** Whether another window changed a session since it was last read or written here. */
  async changedElsewhere(id: string): Promise<boolean> {
    const state = await this.#state(this.#path(id));
    return state !== undefined && state !== this.#bases.get(id);
  }

  /** @returns undefined when there is no such session, or its file was moved aside */
  async read(id: string): Promise<Session | undefined> {
    const path = this.#path(id);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (!isMissing(error)) this.warn(`The chat ${path} could not be read: ${messageOf(error)}`);
      return undefined;
    }
    try {
      const session = parseSession(text);
      if (session.id !== id) throw new Error('it holds another chat than its name says');
      return session;
    } catch (error) {
      await this.#setAside(path, error);
      return undefined;
    }
  }

  /** Newest first. */
  async list(): Promise<Session[]> {
    const sessions: Session[] = [];
    for (const id of await this.#ids()) {
      const session = await this.read(id);
      if (session) sessions.push(session);
    }
    return sessions.sort((a, b) => b.changedAt - a.changedAt);
  }

  /** @throws ChangedElsewhere or the file system's error; what was there before is then still there */
  write(session: Session): Promise<void> {
    return this.#inTurn(async () => {
      const path = this.#path(session.id);
      if (await this.changedElsewhere(session.id)) throw new ChangedElsewhere(session.id);
      await this.#put(path, sessionText(session));
      const state = await this.#state(path);
      if (state !== undefined) this.#bases.set(session.id, state);
      this.#known ??= new Set(await this.#ids());
      this.#known.add(session.id);
      if (this.#known.size > this.most) await this.#prune();
    });
  }

  /** @throws the file system's error; no error when there is no such session */
  remove(id: string): Promise<void> {
    return this.#inTurn(() => this.#delete(id));
  }

  /** @throws the file system's error */
  remember(id: string): Promise<void> {
    return this.#inTurn(() => this.#put(join(this.window, openFile), id));
  }

  /** What {@link remember} was told last. */
  async remembered(): Promise<string | undefined> {
    const id = await readFile(join(this.window, openFile), 'utf8').catch(() => '');
    return sessionFile.exec(`${id}.json`)?.[1];
  }

  /** Resolves when everything that was asked for before is on the disk, or failed. */
  settled(): Promise<void> {
    return this.#inTurn(() => Promise.resolve());
  }

  async #put(path: string, text: string): Promise<void> {
    // When there is something to write: it hooks into the end of the process, which activation has no need of.
    const { writeFile } = await import('atomically');
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, text, { mode: 0o600 });
  }

  async #delete(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
    this.#known?.delete(id);
    this.#bases.delete(id);
  }

  async #prune(): Promise<void> {
    const sessions = await this.list();
    for (const { id } of sessions.slice(this.most)) await this.#delete(id);
    this.#known = new Set(sessions.slice(0, this.most).map(({ id }) => id));
  }

  async #ids(): Promise<string[]> {
    return (await this.#names(this.folder)).flatMap((name) => sessionFile.exec(name)?.[1] ?? []);
  }

  /** Of the files of sessions. */
  async #names(folder: string): Promise<string[]> {
    const names = await readdir(folder).catch((error: unknown) => {
      if (!isMissing(error)) this.warn(`The chats in ${folder} could not be listed: ${messageOf(error)}`);
      return [];
    });
    return names.filter((name) => sessionFile.test(name));
  }

  /** Another one after every write; undefined: there is no such file. */
  async #state(path: string): Promise<string | undefined> {
    const info = await stat(path, { bigint: true }).catch(() => undefined);
    return info && `${info.ino} ${info.mtimeNs} ${info.size}`;
  }

  async #setAside(path: string, why: unknown): Promise<void> {
    const aside = `${path}${brokenSuffix}`;
    try {
      await rename(path, aside);
      this.warn(`A damaged chat was moved aside as ${aside}: ${messageOf(why)}`);
    } catch (error) {
      this.warn(`The chat ${path} is damaged and could not be moved aside: ${messageOf(error)}`);
    }
  }

  #path(id: string): string {
    return join(this.folder, `${id}.json`);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
