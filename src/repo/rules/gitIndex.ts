/**
 * The tracked files, read from git's index without git. Only names and one flag are taken; an index that is split, or of
 * a form that is not known, gives none. https://git-scm.com/docs/index-format
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { gitConfig } from './gitConfig';
import type { GitPlace } from './gitPlace';

export interface TrackedFiles {
  /** Relative to the top folder of the work tree, with forward slashes. */
  paths: Set<string>;
  /** Of them, those that git was told not to have in the work tree. */
  notCheckedOut: Set<string>;
}

/** Bytes; room for two million files. */
const largest = 256_000_000;
const headBytes = 12;
/** Of an entry before its hash: times, device, inode, mode, owner, size. */
const statBytes = 40;
const extended = 0x4000;
const skipWorktree = 0x4000;

export async function trackedFiles({ folder, common }: GitPlace): Promise<TrackedFiles> {
  const found: TrackedFiles = { paths: new Set(), notCheckedOut: new Set() };
  const { values } = await gitConfig(join(common, 'config'));
  try {
    const handle = await open(join(folder, 'index'));
    try {
      const info = await handle.stat();
      if (info.isFile() && info.size <= largest)
        readEntries(await handle.readFile(), values.get('extensions.objectformat') === 'sha256', found);
    } finally {
      await handle.close();
    }
  } catch {
    // None, or cut off in the middle: what was found before it counts.
  }
  return found;
}

/** @throws RangeError where the bytes end before the entries do */
function readEntries(bytes: Buffer, sha256: boolean, { paths, notCheckedOut }: TrackedFiles): void {
  const version = bytes.readUInt32BE(4);
  if (bytes.toString('latin1', 0, 4) !== 'DIRC' || version < 2 || version > 4) return;
  const hashBytes = sha256 ? 32 : 20;
  let at = headBytes;
  let name = Buffer.alloc(0);
  for (let left = bytes.readUInt32BE(8); left > 0; left--) {
    const flagsAt = at + statBytes + hashBytes;
    const more = (bytes.readUInt16BE(flagsAt) & extended) !== 0;
    const sparse = more && (bytes.readUInt16BE(flagsAt + 2) & skipWorktree) !== 0;
    let from = flagsAt + (more ? 4 : 2);
    let kept = 0;
    if (version === 4) {
      // How many bytes of the name before are dropped.
      let dropped = bytes.readUInt8(from) & 127;
      while ((bytes.readUInt8(from++) & 128) !== 0) dropped = ((dropped + 1) << 7) | (bytes.readUInt8(from) & 127);
      kept = name.length - dropped;
    }
    const end = bytes.indexOf(0, from);
    if (end < 0 || kept < 0) return;
    name = Buffer.concat([name.subarray(0, kept), bytes.subarray(from, end)]);
    // Entries are padded with one to eight zeros.
    at = version === 4 ? end + 1 : at + ((end - at + 8) & ~7);
    const path = name.toString('utf8');
    if (path.endsWith('/')) continue;
    paths.add(path);
    if (sparse) notCheckedOut.add(path);
  }
}
