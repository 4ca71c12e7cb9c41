/**
 * What a process left behind that was killed: unfinished and unnamed files, states that were never saved, half-deleted ones,
 * locks. Every change happens under a lock, so where no lock was left there is nothing to look for.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestName, readManifest } from './manifestFile';
import { partSuffix, whyNot, type Log } from '../../privateFiles';
import { goneSuffix, removeState, removeUnnamed } from './removal';
import { lockState, lockSuffix, ownerSuffix } from './stateLock';

/** @param folder of states, or of small files that are written under a lock */
export async function removeLeftovers(folder: string, log: Log): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.map(({ name }) => name);
  for (const name of names.filter((name) => name.endsWith(goneSuffix))) {
    // Another process may be removing it just now.
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
  const beside = names.filter((name) => [lockSuffix, ownerSuffix, partSuffix].some((suffix) => name.includes(suffix)));
  for (const locked of new Set(beside.map((name) => name.slice(0, name.indexOf('.'))))) {
    const path = join(folder, locked);
    try {
      const lock = await lockState(path);
      if (!lock) continue;
      try {
        const parts = beside.filter((name) => name.startsWith(`${locked}.`) && !name.endsWith(lockSuffix) && !name.endsWith(ownerSuffix));
        for (const name of parts) await rm(join(folder, name), { force: true });
        if (entries.some((entry) => entry.name === locked && entry.isDirectory())) await tidy(path);
      } finally {
        await lock.release();
      }
    } catch (error) {
      log(`What a stopped process left in ${path} could not be removed: ${whyNot(error)}.`, 'warn');
    }
  }
}

async function tidy(path: string): Promise<void> {
  if (!(await readdir(path)).includes(manifestName)) return removeState(path);
  const read = await readManifest(path).catch(() => undefined);
  // What a manifest names that cannot be read, nobody knows; a newer Bonsai may.
  if (read) await removeUnnamed(path, new Set(read.manifest.checkpoints.map(({ file }) => file)));
}
