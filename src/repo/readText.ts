/**
 * The text of one file, or why there is none: the only way from bytes on disk to a text, whoever wants to read it. The
 * file is opened without following a link and without blocking on a pipe, and measured again once open, because it may
 * have been swapped since it was listed.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, isInside, maxFileBytes, reasonOf, specialReason, tooLarge } from './skipReasons';
import { decodeText } from './text/decodeText';
import { lineEndOf, withLineFeeds, type LineEnd } from './text/lineEnds';
import { largestOnDisk, textToRead } from './text/textToRead';
import type { RepositoryFile } from './types';

export interface FileText {
  /** What a model is to read: line feeds, no byte order mark, markers in place of embedded data. Its lines are the file's. */
  text: string;
  /** The same with nothing left out. */
  exact: string;
  /** SHA-256 of `text`, hexadecimal: another way of reading gives another hash. */
  hash: string;
  /** Of the file on disk. */
  bytes: number;
  /** What ends the lines on disk. */
  lineEnd: LineEnd;
  /** WHATWG name, such as `utf-8`. */
  encoding: string;
}

export type ReadResult = FileText | { reason: string };

/** @param folder the folder the file was listed from; nothing outside it is read */
export async function readText(folder: string, file: Pick<RepositoryFile, 'absolutePath' | 'encoding'>): Promise<ReadResult> {
  try {
    // A folder on the way may have become a link since the listing.
    if (!isInside(await realpath(folder), await realpath(dirname(file.absolutePath))))
      return { reason: 'symbolic link leaving the folder' };
    const read = await readAt(file.absolutePath, largestOnDisk(file.absolutePath), file.encoding);
    return 'text' in read && read.text.length > maxFileBytes ? { reason: tooLarge(read.text.length) } : read;
  } catch (error) {
    return { reason: codeOf(error) === 'ELOOP' ? 'became a symbolic link while being read' : reasonOf(error) };
  }
}

/**
 * @param path of a file that is no link
 * @param largest bytes
 * @throws the file system's error
 */
export async function readAt(path: string, largest: number, encoding?: string): Promise<ReadResult> {
  // O_NOFOLLOW and O_NONBLOCK do not exist on Windows, where neither links nor pipes are met this way.
  const flags = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const handle = await open(path, flags);
  try {
    const bytes = await bytesOf(handle, largest);
    return 'reason' in bytes ? bytes : await textOf(path, bytes, encoding);
  } finally {
    await handle.close();
  }
}

async function bytesOf(handle: FileHandle, largest: number): Promise<Buffer | { reason: string }> {
  const info = await handle.stat();
  if (!info.isFile()) return { reason: specialReason(info) };
  if (info.size > largest) return { reason: tooLarge(info.size, largest) };
  // One byte more than it should have: a file that grows while it is read must not be read without end.
  const bytes = Buffer.alloc(info.size + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length === info.size ? bytes.subarray(0, length) : { reason: 'changed while being read' };
}

async function textOf(path: string, bytes: Buffer, declared: string | undefined): Promise<ReadResult> {
  const decoded = await decodeText(bytes, declared);
  if ('reason' in decoded) return decoded;
  const exact = withLineFeeds(decoded.text);
  if (exact.trim() === '') return { reason: 'empty' };
  const text = textToRead(path, exact);
  const hash = createHash('sha256').update(text).digest('hex');
  return { text, exact, hash, bytes: bytes.length, lineEnd: lineEndOf(decoded.text), encoding: decoded.encoding };
}
