/**
 * The text of one file, or why there is none. The file is opened without following a link and without blocking on a
 * pipe, and measured again once open, because it may have been swapped since it was listed.
 */
import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isBinaryFile } from 'isbinaryfile';
import { codeOf, isInside, maxFileBytes, reasonOf, specialReason, tooLarge } from './skipReasons';
import type { RepositoryFile } from './types';

export type ReadResult = { text: string } | { reason: string };

/** @param folder the folder the file was listed from; nothing outside it is read */
export async function readText(folder: string, file: RepositoryFile): Promise<ReadResult> {
  try {
    // A folder on the way may have become a link since the listing.
    if (!isInside(await realpath(folder), await realpath(dirname(file.absolutePath))))
      return { reason: 'symbolic link leaving the folder' };
    // O_NOFOLLOW and O_NONBLOCK do not exist on Windows, where neither links nor pipes are met this way.
    const flags = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const handle = await open(file.absolutePath, flags);
    try {
      return await readOpened(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { reason: codeOf(error) === 'ELOOP' ? 'became a symbolic link while being read' : reasonOf(error) };
  }
}

async function readOpened(handle: FileHandle): Promise<ReadResult> {
  const info = await handle.stat();
  if (!info.isFile()) return { reason: specialReason(info) };
  if (info.size > maxFileBytes) return { reason: tooLarge(info.size) };
  // One byte more than it should have: a file that grows while it is read must not be read without end.
  const bytes = Buffer.alloc(info.size + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length === info.size ? decode(bytes.subarray(0, length)) : { reason: 'changed while being read' };
}

async function decode(bytes: Buffer): Promise<ReadResult> {
  if (bytes.length === 0) return { reason: 'empty' };
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
  if (utf16) {
    try {
      return nonEmpty(new TextDecoder(utf16, { fatal: true }).decode(bytes));
    } catch {
      return { reason: 'not valid UTF-16' };
    }
  }
  if (!isUtf8(bytes)) return { reason: (await isBinaryFile(bytes, bytes.length)) ? 'binary' : 'not valid UTF-8' };
  if (bytes.includes(0) || (await isBinaryFile(bytes, bytes.length))) return { reason: 'binary' };
  return nonEmpty(new TextDecoder('utf-8').decode(bytes));
}

function nonEmpty(text: string): ReadResult {
  return text.trim() === '' ? { reason: 'empty' } : { text };
}
