/**
 * A sidecar that several clients share: the first one starts it, detached, and all connect to its socket. It ends by itself after
 * the last one has left. Who of several that start at once becomes the sidecar is decided among those processes, by a lock.
 * Where sharing fails for whatever reason, there is none, and the client forks a sidecar of its own.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { open, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createMessageConnection, ResponseError, type MessageConnection } from 'vscode-jsonrpc/node';
import { LineTail } from './lineTail';
import { messageOf } from './messageOf';
import { errorCodeOf, initialize } from './messages';
import type { InitializeParams, InitializeResult } from './schemas';
import { logOf, sharedAddress, sharedBase, sharedKey, type SharedIdentity } from './sharedPlace';
import type { ExitReport, Sidecar } from './sidecar';
import { drain, keptLines, yieldToEditor } from './sidecarProcess';
import { readerAndWriter, SocketChannel } from './socketChannel';

export interface SharedOptions {
  /** Absolute path of `sidecar.mjs`. */
  entry: string;
  identity: SharedIdentity;
  hello: InitializeParams;
  onLine: (line: string) => void;
  /** Milliseconds until a sidecar of one's own is better. */
  patience?: number;
}

/** What a sidecar tells whoever started it, once. */
export const startWords = { ready: 'ready', served: 'served' } as const;

const defaultPatience = 30_000;
/** Milliseconds between two attempts. */
const pause = 50;
/** Characters of the log that are read after a crash. */
const readOfLog = 64 * 1024;

type HowEnded = Pick<ExitReport, 'code' | 'signal'>;

/** Sidecars that this process started, so that it knows how they ended. */
const started = new Map<number, Promise<HowEnded>>();

/** @returns undefined where it does not work, for a reason that was given to `onLine` */
export async function joinSidecar(options: SharedOptions): Promise<SharedSidecar | undefined> {
  const found = await findSidecar(options).catch(messageOf);
  if (typeof found !== 'string') return found;
  options.onLine(`The engine is not shared with other windows and agents: ${found}`);
  return undefined;
}

/** @returns or why there is none @throws the file system's error */
async function findSidecar(options: SharedOptions): Promise<SharedSidecar | string> {
  const end = Date.now() + (options.patience ?? defaultPatience);
  const base = await sharedBase(sharedKey(options.identity));
  const address = await sharedAddress(base);
  while (Date.now() < end) {
    const joined = await attempt(base, address, options);
    if (joined === 'another protocol') return 'it speaks another version of the protocol; reload the other windows.';
    if (joined) return joined;
    const failure = await start(base, options);
    if (failure !== undefined) return failure;
    await delay(pause);
  }
  return 'it does not answer.';
}

/** @returns undefined when nobody answers there, or it is just ending */
async function attempt(base: string, address: string, options: SharedOptions): Promise<SharedSidecar | 'another protocol' | undefined> {
  const socket = await connected(address);
  if (!socket) return undefined;
  const connection = createConnection(socket, options.onLine);
  const closed = new Promise<undefined>((resolve) => socket.once('close', () => resolve(undefined)));
  const late = setTimeout(() => socket.destroy(), options.patience ?? defaultPatience);
  try {
    connection.listen();
    const hello = await Promise.race([connection.sendRequest(initialize, options.hello), closed]);
    if (!hello) throw new Error('closed');
    if (hello.protocolVersion !== options.hello.protocolVersion) throw new OtherProtocol();
    return new SharedSidecar(socket, connection, hello, logOf(base));
  } catch (error) {
    connection.dispose();
    socket.destroy();
    const isOther = error instanceof OtherProtocol || (error instanceof ResponseError && errorCodeOf(error.data) === 'version-mismatch');
    return isOther ? 'another protocol' : undefined;
  } finally {
    clearTimeout(late);
  }
}

class OtherProtocol extends Error {}

function createConnection(socket: Socket, onLine: (line: string) => void): MessageConnection {
  const { reader, writer } = readerAndWriter(new SocketChannel(socket, (why) => onLine(`socket: ${why}`)));
  const connection = createMessageConnection(reader, writer);
  // A broken connection is reported through `exited`; without a listener the library would throw.
  connection.onError(([error]) => onLine(`socket: ${error.message}`));
  return connection;
}

function connected(address: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.off('error', failed);
      resolve(socket);
    });
    const failed = () => resolve(undefined);
    socket.once('error', failed);
  });
}

/** @returns why it did not start; undefined when it did, or another one serves by now */
async function start(base: string, { entry, identity, onLine }: SharedOptions): Promise<string | undefined> {
  // A file, because it outlives the client that starts it; a new one, because another sidecar may still write to its own.
  await rm(logOf(base), { force: true }).catch(() => undefined);
  const log = await open(logOf(base), 'a', 0o600);
  let child: ChildProcess;
  try {
    child = fork(entry, ['--engine', identity.engine, '--shared', base], {
      detached: true,
      execArgv: [],
      // An Electron executable behaves as plain Node only with this variable.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'ignore', log.fd, 'ipc'],
    });
  } finally {
    await log.close();
  }
  yieldToEditor(child.pid);
  const said = await new Promise<unknown>((resolve) => {
    child.once('message', resolve);
    child.once('error', (error) => resolve(error));
    child.once('exit', (code, signal) => resolve(new Error(`it ended at its start (${signal ?? `exit code ${code ?? 0}`})`)));
  });
  if (child.connected) child.disconnect();
  child.unref();
  child.on('error', (error) => onLine(error.message));
  if (said instanceof Error) {
    const tail = await lastLines(logOf(base));
    for (const line of tail) onLine(line);
    return said.message;
  }
  const { pid } = child;
  if (said === startWords.ready && pid !== undefined) {
    const ended = new Promise<HowEnded>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    started.set(pid, ended);
    void ended.then(() => started.delete(pid));
  }
  return undefined;
}

async function lastLines(file: string): Promise<readonly string[]> {
  const tail = new LineTail(keptLines, () => undefined);
  tail.write((await readFile(file, 'utf8').catch(() => '')).slice(-readOfLog));
  tail.end();
  return tail.lines;
}

export class SharedSidecar implements Sidecar {
  readonly shared = true;
  readonly exited: Promise<ExitReport>;
  #alive = true;
  #left = false;

  constructor(
    private readonly socket: Socket,
    readonly connection: MessageConnection,
    readonly hello: InitializeResult,
    logFile: string,
  ) {
    const since = Date.now();
    const unknown: HowEnded = { code: null, signal: null };
    // Only its parent knows how a process ended.
    const gone = started.get(hello.pid);
    const report = async (): Promise<ExitReport> => {
      this.#alive = false;
      connection.dispose();
      const how = this.#left || !gone ? unknown : await Promise.race([gone, delay(drain, unknown, { ref: false })]);
      return { ...how, lived: Date.now() - since, lastLines: await lastLines(logFile) };
    };
    this.exited = new Promise((resolve) => {
      const ended = () => void report().then(resolve);
      if (socket.destroyed) ended();
      else socket.once('close', ended);
    });
  }

  get pid(): number {
    return this.hello.pid;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get connectionLost(): boolean {
    return this.socket.destroyed;
  }

  /** Only leaves: others may be using it. */
  kill(): void {
    this.#left = true;
    this.socket.destroy();
  }
}
