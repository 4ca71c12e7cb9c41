/**
 * One process at a time writes a state. The lock is proper-lockfile's (a folder beside the state that its holder keeps fresh),
 * together with a note saying who holds it. The note does two things. After `kill -9` the next process sees that the holder is
 * gone and takes over at once; where it cannot tell (another machine, killed in the instant between lock and note), the lock
 * grows stale in ten seconds. And it decides when two take over at the same time, or a holder slept too long: who wrote the
 * note last holds the lock, and the other one finds out before it replaces anything.
 */
import { lstat, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { lock } from 'proper-lockfile';
import * as z from 'zod/mini';
import { errorCode, randomName, readPlainFile } from '../../privateFiles';

export const lockSuffix = '.lock';
export const ownerSuffix = '.owner';

const staleMs = 10_000;
const refreshMs = 2_000;
const note = z.object({ pid: z.int().check(z.positive()), host: z.string(), token: z.string() });
type Note = z.infer<typeof note>;
/** Tokens of this process: after a restart, or in a container, another process may have had our number. */
const ours = new Set<string>();

export interface StateLock {
  /** Asked before something is replaced or removed. */
  held(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * @param path of the state's folder, which need not exist
 * @param attempts 25 ms apart: another process that only cleans up holds the lock for a moment
 * @returns undefined when the state is in use @throws the file system's error
 */
export async function lockState(path: string, attempts = 1): Promise<StateLock | undefined> {
  await breakAbandoned(path);
  const token = randomName();
  const claim = `${path}${ownerSuffix}.${token}`;
  let lost = false;
  let unlock: (() => Promise<void>) | undefined;
  const retries = { retries: attempts - 1, factor: 1, minTimeout: 25, maxTimeout: 25 };
  ours.add(token);
  try {
    await writeFile(claim, JSON.stringify({ pid: process.pid, host: hostname(), token } satisfies Note), { mode: 0o600, flag: 'wx' });
    unlock = await lock(path, { realpath: false, stale: staleMs, update: refreshMs, onCompromised: () => (lost = true), retries });
    await rename(claim, path + ownerSuffix);
  } catch (error) {
    ours.delete(token);
    await unlock?.();
    await rm(claim, { force: true });
    if (errorCode(error) === 'ELOCKED') return undefined;
    throw error;
  }
  const held = async () => !lost && (await readNote(path + ownerSuffix))?.token === token;
  const release = unlock;
  return {
    held,
    release: async () => {
      ours.delete(token);
      // A lock that another process took over is not ours to remove; proper-lockfile stops refreshing it by itself.
      if (!(await held())) return;
      await rm(path + ownerSuffix, { force: true });
      await release().catch(() => undefined);
    },
  };
}

/** Whether a process that may still live holds the lock; one of this machine counts while it lives, however long it is busy. */
export async function isInUse(path: string): Promise<boolean> {
  const found = await lstat(path + lockSuffix).catch(() => undefined);
  if (!found) return false;
  const owner = await readNote(path + ownerSuffix);
  return owner?.host === hostname() ? !isGone(owner) : !isStale(found.mtimeMs);
}

async function breakAbandoned(path: string): Promise<void> {
  const owner = await readNote(path + ownerSuffix);
  const found = await lstat(path + lockSuffix).catch(() => undefined);
  const isFromLater = found !== undefined && found.mtimeMs > Date.now() && isStale(found.mtimeMs);
  const isAbandoned = owner ? isGone(owner) && (await takeAway(path + ownerSuffix, owner)) : isFromLater;
  if (!isAbandoned) return;
  await rmdir(path + lockSuffix).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
}

/** @returns whether it was us who took this note away; of several processes that try, one has */
async function takeAway(file: string, { token }: Note): Promise<boolean> {
  const away = `${file}.${randomName()}`;
  try {
    await rename(file, away);
  } catch {
    return false;
  }
  if ((await readNote(away))?.token === token) {
    await rm(away, { force: true });
    return true;
  }
  // Another process had been here before, and holds the lock by now.
  await rename(away, file);
  return false;
}

/** A time to come is as bad as one long past: the clock was set back after the holder had gone, or it would have refreshed it. */
function isStale(mtimeMs: number): boolean {
  return Math.abs(Date.now() - mtimeMs) > staleMs;
}

function isGone({ pid, host, token }: Note): boolean {
  if (host !== hostname()) return false;
  if (pid === process.pid) return !ours.has(token);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}

async function readNote(file: string): Promise<Note | undefined> {
  try {
    return note.parse(JSON.parse(await readPlainFile(file, 4096)));
  } catch {
    return undefined;
  }
}
