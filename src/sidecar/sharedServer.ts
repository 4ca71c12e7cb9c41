/**
 * A sidecar for several clients, at a socket that only its user reaches. Of several processes that begin at once, the one that gets
 * the lock serves, and holds it while it lives; after `kill -9` the next one takes over at once. It ends by itself when nobody
 * has been there for a while, and leaves neither a socket nor a lock.
 */
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import { logOf, sharedAddress } from '../protocol/sharedPlace';
import { startWords } from '../protocol/sharedSidecar';
import { SocketChannel } from '../protocol/socketChannel';
import { log } from './engine/llama';
import { Host } from './host';
import { lockState, type StateLock } from './memory/store/stateLock';
import { makePrivateFolder } from './privateFiles';
import { serve, type Session } from './server';
import { Wire } from './wire';

/** Milliseconds without a client after which it ends: a window that reloads finds its model. */
const grace = 5000;
/** For the first client, which may be busy. */
const firstGrace = 20_000;
/** Milliseconds within which a connection must say which protocol it speaks. */
const greetingPatience = 10_000;
const mostConnections = 256;
/** Milliseconds that another process may take to begin or to end. */
const lockPatience = 20_000;
const lockPause = 25;
/** Milliseconds; there may be much to save. */
const longestEnd = 60_000;

export interface SharedServer {
  /** Answers everything, stops what runs, frees the engine and removes the socket. */
  end(): Promise<void>;
}

/**
 * @param base what the paths of the socket, the lock and the log begin with
 * @param tell whoever started this process which of `startWords` holds
 * @param exit called when it has ended
 * @returns undefined when another process serves
 * @throws when the folder or the socket cannot be had
 */
export async function serveShared(base: string, tell: (word: string) => void, exit: () => void): Promise<SharedServer | undefined> {
  await makePrivateFolder(dirname(base));
  const address = await sharedAddress(base);
  const lock = await acquire(base, address);
  if (!lock) {
    tell(startWords.served);
    return undefined;
  }
  const { listening, server } = begin(base, lock, exit);
  // What a killed process left; nobody else removes or makes it while we have the lock.
  if (process.platform !== 'win32') await rm(address, { force: true });
  listening.listen(address);
  await once(listening, 'listening');
  if (process.platform !== 'win32') await chmod(address, 0o600);
  tell(startWords.ready);
  return server;
}

async function acquire(base: string, address: string): Promise<StateLock | undefined> {
  const end = Date.now() + lockPatience;
  while (Date.now() < end) {
    // Also before the lock is asked for: a process that has slept too long may have lost it, and serves all the same.
    if (await answers(address)) return undefined;
    const lock = await lockState(base);
    if (lock) return lock;
    await delay(lockPause);
  }
  throw new Error(`another process has the lock of ${base} and does not answer`);
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const say = (does: boolean) => {
      socket.destroy();
      resolve(does);
    };
    socket.once('connect', () => {
      say(true);
    });
    socket.once('error', () => {
      say(false);
    });
  });
}

function begin(base: string, lock: StateLock, exit: () => void): { listening: Server; server: SharedServer } {
  const host = new Host(true);
  const sessions = new Map<Socket, Session>();
  const greeted = new Set<Socket>();
  /** Have said that they want no more, and are answered. */
  const leaving = new WeakSet<Socket>();
  let timer = setTimeout(() => void end(), firstGrace);
  let closing = false;
  let ending: Promise<void> | undefined;

  /** No new client from here on: whoever comes now finds nobody, and starts the next one, which waits for our lock. */
  const refuse = () => {
    if (closing) return;
    closing = true;
    clearTimeout(timer);
    listening.close();
    for (const socket of sessions.keys()) if (!greeted.has(socket)) socket.destroy();
  };
  const end = () => {
    ending ??= (async () => {
      refuse();
      setTimeout(exit, longestEnd).unref();
      await Promise.all([...sessions.values()].map((session) => session.end(() => host.close())));
      await host.close();
      for (const socket of sessions.keys()) socket.destroySoon();
      await rm(logOf(base), { force: true }).catch(() => undefined);
      await lock.release();
      exit();
    })();
    return ending;
  };
  const left = (socket: Socket) => {
    sessions.get(socket)?.abandon();
    sessions.delete(socket);
    if (!greeted.delete(socket) || greeted.size > 0 || closing) return;
    clearTimeout(timer);
    timer = setTimeout(() => void end(), grace);
  };

  const listening = createServer((socket) => {
    if (closing) socket.destroy();
    if (closing) return;
    const channel = new SocketChannel(socket, (why) => log(`A client was disconnected: ${why}`));
    const wire = new Wire(channel, log);
    const connection = createMessageConnection(wire.reader, wire.writer);
    const tooLate = setTimeout(() => socket.destroy(), greetingPatience);
    const isLast = () => [...greeted].every((each) => each === socket || leaving.has(each));
    const session = serve(connection, host, {
      greetFirst: true,
      onGreeted: () => {
        clearTimeout(tooLate);
        if (closing) socket.destroy();
        if (closing) return;
        clearTimeout(timer);
        greeted.add(socket);
      },
      othersStay: () => !isLast(),
      // Who says that it wants no more gives the memory back at once where nobody else is there.
      shutDown: () => {
        leaving.add(socket);
        if (!isLast()) return Promise.resolve();
        refuse();
        return host.close();
      },
      exit: () =>
        void wire.drained().then(() => {
          socket.destroySoon();
          if (closing) void end();
        }),
    });
    sessions.set(socket, session);
    socket.once('close', () => {
      clearTimeout(tooLate);
      connection.dispose();
      left(socket);
    });
    connection.listen();
  });
  listening.maxConnections = mostConnections;
  return { listening, server: { end } };
}
