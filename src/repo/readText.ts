/**
 * The text of one file, or why there is none. The file is opened without following a link and without blocking on a
 * pipe, and measured again once open, because it may have been swapped since it was listed.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isBinaryFile } from 'isbinaryfile';
import { codeOf, isInside, maxFileBytes, reasonOf, specialReason, tooLarge } from './skipReasons';
import type { RepositoryFile } from './types';

export interface FileText {
  /** Without a byte order mark; line ends as they are on disk, so that line numbers and edits agree with the editor's. */
  text: string;
  /** SHA-256 of the bytes on disk, hexadecimal. */
  hash: string;
  /** How many bytes were read. */
  bytes: number;
}

export type ReadResult = FileText | { reason: string };

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
  const text = await textOf(bytes);
  if (typeof text !== 'string') return text;
  if (text.trim() === '') return { reason: 'empty' };
  return { text, hash: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}

async function textOf(bytes: Buffer): Promise<string | { reason: string }> {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
  if (utf16) {
    try {
      return new TextDecoder(utf16, { fatal: true }).decode(bytes);
    } catch {
      return { reason: 'not valid UTF-16' };
    }
  }
  if (bytes.includes(0)) return { reason: looksLikeUtf16(bytes) ? 'UTF-16 without a byte order mark; save it as UTF-8' : 'binary' };
  if (!isUtf8(bytes)) return { reason: hasControls(bytes) ? 'binary' : 'not valid UTF-8' };
  return (await isBinaryFile(bytes, bytes.length)) ? { reason: 'binary' } : new TextDecoder('utf-8').decode(bytes);
}

/** Mostly Latin letters: every second byte is mostly zero, the ones between hardly ever. */
function looksLikeUtf16(bytes: Buffer): boolean {
  const zeros = [0, 0];
  bytes.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  });
  const half = bytes.length / 2;
  return bytes.length % 2 === 0 && Math.max(...zeros) > half * 0.5 && Math.min(...zeros) < half * 0.05;
}

/** Bytes that no text has in any encoding that extends ASCII: control characters but for white space and escape. */
function hasControls(bytes: Buffer): boolean {
  return bytes.some((byte) => byte < 32 && !(byte >= 9 && byte <= 13) && byte !== 27);
}
