/**
 * Room for what is about to be saved: inside the quota of all memories, and on the disk with something left for everybody
 * else. The least recently used memories go first, whole; one that any process writes stays. Nothing goes when that would not
 * be enough, so a full disk costs no memory for nothing.
 */
import { statfs } from 'node:fs/promises';
import { shortBytes } from '../../../protocol/numbers';
import type { Log } from '../../privateFiles';
import { removeUnused } from './removal';
import { diskBytes, listStates, type StateFolder } from './stateFolders';
import { isInUse } from './stateLock';

/** Left free on the disk: this much, or a twentieth of a small disk. */
const reserveBytes = 500_000_000;
const reserveShare = 0.05;

export interface Room {
  /** Folder of the states. */
  root: string;
  quotaBytes: number;
  log: Log;
}

/** What a state is going to be. */
export interface Growth {
  id: string;
  /** New bytes on the disk, at once. */
  bytes: number;
  /** Files of it that stay. What it gives back at its next save counts no more: until then the quota may be exceeded by that. */
  stays: ReadonlySet<string>;
}

/** @returns why there is no room, in words; undefined: there is */
export async function makeRoom({ root, quotaBytes, log }: Room, { id, bytes, stays }: Growth): Promise<string | undefined> {
  const states = await listStates(root);
  const others = states.filter((state) => state.id !== id);
  const inUse = await Promise.all(others.map(({ path }) => isInUse(path)));
  const unused = others.filter((_, i) => !inUse[i]);
  const inUseBytes = diskBytes(others.filter((_, i) => inUse[i]));
  if (inUseBytes > 0 && inUseBytes + bytes > quotaBytes) {
    return `memories that are being written elsewhere take ${shortBytes(inUseBytes)} of the ${shortBytes(quotaBytes)} for all memories`;
  }
  const disk = await diskSpace(root);
  const freed = diskBytes(states) - diskBytes(states.filter((state) => !unused.includes(state)));
  if (disk.free + freed < bytes + disk.reserve) {
    return `the disk has ${shortBytes(disk.free)} left; ${shortBytes(bytes)} are needed, and ${shortBytes(disk.reserve)} stay free`;
  }
  const isEnough = async () => {
    const staying = (await listStates(root)).map((state) =>
      state.id === id ? { files: state.files.filter(({ name }) => stays.has(name)) } : state,
    );
    const { free, reserve } = await diskSpace(root);
    return diskBytes(staying) + bytes <= quotaBytes && free >= bytes + reserve;
  };
  await purge(unused, isEnough, log);
  return undefined;
}

/** After the quota has become smaller, or a state has grown. @param id of a state that stays, whatever it takes */
export async function keepWithinQuota({ root, quotaBytes, log }: Room, id?: string): Promise<void> {
  const others = (await listStates(root)).filter((state) => state.id !== id);
  await purge(others, async () => diskBytes(await listStates(root)) <= quotaBytes, log);
}

/** @param states the most recently used first */
async function purge(states: readonly StateFolder[], isEnough: () => Promise<boolean>, log: Log): Promise<void> {
  for (const state of states.toReversed()) {
    if (await isEnough()) return;
    if (await removeUnused(state, log))
      log(`A saved memory was deleted to make room: ${state.path}, ${shortBytes(diskBytes([state]))}.`, 'info');
  }
}

/** Where the file system does not say, writing will tell. */
async function diskSpace(root: string): Promise<{ free: number; reserve: number }> {
  try {
    const { bavail, blocks, bsize } = await statfs(root);
    return { free: bavail * bsize, reserve: Math.min(reserveBytes, blocks * bsize * reserveShare) };
  } catch {
    return { free: Infinity, reserve: 0 };
  }
}
