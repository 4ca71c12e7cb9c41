/**
 * The states on disk, one folder each: `states/<key>-<random>/` with the manifest and the state files, beside it the lock. When
 * a state was last used is the manifest's modification time, counted upwards from the newest there is, so that the order
 * holds when the clock is set back.
 */
import { createHash } from 'node:crypto';
import { lstat, lutimes, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestName } from './manifestFile';
import { randomName } from '../../privateFiles';

export interface MemoryKey {
  /** Fingerprint of the model file. */
  model: string;
  /** Whatever else a state depends on: the engine's version, the cache's settings. */
  engine: string;
  /** Real paths; their order does not matter. */
  folders: readonly string[];
}

export interface StateFolder {
  id: string;
  path: string;
  /** Milliseconds since 1970; 0: never saved. */
  usedAt: number;
  /** A file that two states share has one number (device and inode). */
  files: { name: string; number: string; bytes: number }[];
}

export const stateSuffix = '.state';
const idPattern = /^[0-9a-f]{32}-[0-9a-f]{16}$/;

export const newStateFile = (): string => randomName() + stateSuffix;
export const newStateId = (key: MemoryKey): string => `${keyOf(key)}-${randomName()}`;
export const isStateOf = (id: string, key: MemoryKey): boolean => idPattern.test(id) && id.startsWith(`${keyOf(key)}-`);

function keyOf({ model, engine, folders }: MemoryKey): string {
  return digest([model, engine, folders.toSorted()]);
}

/** @returns 32 hexadecimal digits, a name for a file or folder */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}

/** Real folders with a name of ours; nothing is opened. The most recently used first. */
export async function listStates(root: string): Promise<StateFolder[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const ids = entries.filter((entry) => entry.isDirectory() && idPattern.test(entry.name)).map(({ name }) => name);
  const states = await Promise.all(ids.map((id) => describe(root, id)));
  return states.sort((a, b) => b.usedAt - a.usedAt);
}

async function describe(root: string, id: string): Promise<StateFolder> {
  const path = join(root, id);
  const names = await readdir(path).catch(() => []);
  const found = await Promise.all(names.map(async (name) => ({ name, stat: await lstat(join(path, name)).catch(() => undefined) })));
  const files = found.flatMap(({ name, stat }) => (stat ? [{ name, number: `${stat.dev}:${stat.ino}`, bytes: stat.size }] : []));
  return { id, path, usedAt: found.find(({ name }) => name === manifestName)?.stat?.mtimeMs ?? 0, files };
}

/** A file that two states share counts once. */
export function diskBytes(states: readonly Pick<StateFolder, 'files'>[]): number {
  const sizes = new Map(states.flatMap(({ files }) => files.map(({ number, bytes }) => [number, bytes])));
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Makes it the most recently used one. A state that is gone, or may not be written, stays as it is. */
export async function markUsed(root: string, id: string): Promise<void> {
  const times = (await listStates(root)).filter((state) => state.id !== id).map(({ usedAt }) => usedAt);
  const seconds = Math.max(Date.now(), ...times.map((time) => Math.ceil(time) + 1)) / 1000;
  await lutimes(join(root, id, manifestName), seconds, seconds).catch(() => undefined);
}
