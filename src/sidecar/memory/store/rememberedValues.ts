/**
 * A small map on disk, for what is cheap to lose and slow to find out again. The least recently used entries are forgotten
 * first. Whatever is wrong with the file, it starts empty and says so. Two processes may use one file: whoever saves takes over
 * what the other has saved meanwhile.
 */
import { stat } from 'node:fs/promises';
import * as z from 'zod/mini';
import { errorCode, readPlainFile, replaceFile, whyNot, type Log } from '../../privateFiles';
import { seal, unseal } from './sealed';
import { lockState } from './stateLock';

export interface RememberedValues<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  /** @returns whether the file now holds all values; if not, they are kept for the next time, and the log says why */
  save(): Promise<boolean>;
}

export interface RememberedOptions<V> {
  path: string;
  value: z.ZodMiniType<V>;
  /** Entries. */
  most: number;
  log: Log;
}

/** 200,000 entries with long reasons stay below this. */
const mostBytes = 64 * 2 ** 20;

export async function openRememberedValues<V>({ path, value, most, log }: RememberedOptions<V>): Promise<RememberedValues<V>> {
  const format = z.object({ version: z.literal(1), values: z.array(z.tuple([z.string(), value])) });
  let seen: string | undefined;
  const read = async (): Promise<Map<string, V>> => {
    try {
      seen = await identity(path);
      const { values } = format.parse(unseal(await readPlainFile(path, mostBytes)));
      return new Map(values.slice(-most));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') log(`${path} is ignored, what it remembered is found out again: ${whyNot(error)}.`, 'warn');
      return new Map();
    }
  };
  // In order of use, the last one last: what is used is taken out and put in again.
  let known = await read();
  let changed = false;
  const put = (key: string, found: V) => {
    known.delete(key);
    known.set(key, found);
    for (const oldest of known.keys()) {
      if (known.size <= most) break;
      known.delete(oldest);
    }
  };
  const write = async () => {
    if ((await identity(path)) !== seen) {
      const ours = known;
      known = await read();
      for (const [key, found] of ours) put(key, found);
    }
    await replaceFile(path, seal({ version: 1, values: [...known] } satisfies z.infer<typeof format>));
    seen = await identity(path);
  };
  return {
    get: (key) => {
      const found = known.get(key);
      if (found !== undefined) put(key, found);
      return found;
    },
    set: (key, found) => {
      put(key, found);
      changed = true;
    },
    save: async () => {
      if (!changed) return true;
      changed = false;
      const failed = await underLock(path, write).catch(whyNot);
      if (failed === undefined) return true;
      changed = true;
      log(`${path} was not saved: ${failed}.`, 'warn');
      return false;
    },
  };
}

/** Which version of the file it is; undefined: there is none. */
async function identity(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && `${found.dev}:${found.ino}:${found.mtimeMs}:${found.size}`;
}

/** @returns why not, in words */
async function underLock(path: string, work: () => Promise<void>): Promise<string | undefined> {
  const lock = await lockState(path);
  if (!lock) return 'another window is saving it';
  try {
    await work();
    return undefined;
  } finally {
    await lock.release();
  }
}
