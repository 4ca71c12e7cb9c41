/** How a saved memory goes: under its lock, so never while a process writes it, and by being renamed, so all at once. */
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Log, partSuffix, randomName, whyNot } from '../../privateFiles';
import { type StateFolder, stateSuffix } from './stateFolders';
import { isInUse, lockState } from './stateLock';

/** Renamed, and not removed yet. */
export const goneSuffix = '.gone';

/** The caller holds the state's lock. @throws the file system's error */
export async function removeState(path: string): Promise<void> {
  const gone = `${path}.${randomName()}${goneSuffix}`;
  await rename(path, gone);
  await rm(gone, { recursive: true, force: true });
}

/** @returns whether it is gone; false: in use, or the file system refused (said in the log) */
export async function removeUnused({ path }: StateFolder, log: Log): Promise<boolean> {
  try {
    const lock = (await isInUse(path)) ? undefined : await lockState(path);
    if (!lock) return false;
    try {
      await removeState(path);
    } finally {
      await lock.release();
    }
    return true;
  } catch (error) {
    log(`The saved memory in ${path} could not be deleted: ${whyNot(error)}.`, 'warn');
    return false;
  }
}

/** Removes state files that the manifest does not name, and unfinished ones, as far as possible. The caller holds the state's lock. */
export async function removeUnnamed(path: string, named: ReadonlySet<string>): Promise<void> {
  const names = await readdir(path).catch(() => []);
  const unnamed = names.filter((name) => name.endsWith(partSuffix) || (name.endsWith(stateSuffix) && !named.has(name)));
  await Promise.all(unnamed.map((name) => rm(join(path, name), { force: true, recursive: true }).catch(() => undefined)));
}
