/**
 * Files and folders that only their owner may read, written so that a reader finds the old or the new one, never a part, also
 * after a crash or a power cut: into a new file, synced, renamed over the old one, the folder synced. (`atomically` 2.1 does not
 * fit: it never syncs the folder, follows links, and does not look whether the disk took the whole text.) What lies at a path
 * is never trusted to be what we put there: links and pipes are refused.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod/mini';
import { messageOf } from '../protocol/messageOf';
import { ensurePrivateFolder } from '../protocol/privateFolder';

/** Where it is said what could not be written, read or deleted. */
export type Log = (text: string, level: 'info' | 'warn' | 'error') => void;

/** Not finished yet; of no use to anybody once its process has ended. */
export const partSuffix = '.part';

export const randomName = (): string => randomBytes(8).toString('hex');

/** @throws when something else is there, or the folder is another user's */
export async function makePrivateFolder(path: string): Promise<void> {
  if (await ensurePrivateFolder(path)) await syncFolder(dirname(path));
}

/** @returns the text @throws when it is not a plain file, or larger than `most` bytes */
export async function readPlainFile(path: string, most: number): Promise<string> {
  // Without O_NONBLOCK, opening a pipe would wait for its writer. Both flags are absent, and count as 0, on Windows.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error('it is not a plain file');
    if (found.size > most) throw new Error(`it is larger than ${most} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** @throws the file system's error; the old file is then still there */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFileBy(path, (part) => writeFile(part, text));
}

/**
 * @param write fills the file that is at the path it is given, or replaces it
 * @returns bytes written
 * @throws what `write` throws, or the file system's error; whatever was at `path` is then still there
 */
export async function writeFileBy(path: string, write: (part: string) => Promise<void>): Promise<number> {
  const part = `${path}.${randomName()}${partSuffix}`;
  try {
    // Made by us, so that it is private before the first byte.
    await (await open(part, 'wx', 0o600)).close();
    await write(part);
    const handle = await open(part, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw new Error(`${part} is not a plain file`);
      await handle.chmod(0o600);
      await handle.sync();
      await handle.close();
      await rename(part, path);
      await syncFolder(dirname(path));
      return found.size;
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** A new name outlives a power cut only once its folder is on the disk. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there, and names are journalled
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Bytes of a plain file; undefined: there is none. */
export async function plainFileSize(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** For a sentence in the log. */
export function whyNot(error: unknown): string {
  if (error instanceof z.core.$ZodError || error instanceof SyntaxError) return 'it is damaged or not from Bonsai';
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full';
    case 'EFBIG':
      return 'the file would be larger than this process may write (ulimit -f)';
    case 'EROFS':
      return 'the disk is read-only';
    case 'EACCES':
    case 'EPERM':
      return 'it may not be written by you';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'there is a file where a folder should be';
    default:
      return messageOf(error);
  }
}
