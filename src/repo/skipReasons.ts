/** Why a file is not read, in words for people; shared by the listing and the reading, which both may meet every case. */
import { isAbsolute, relative, sep } from 'node:path';
import { shortBytes } from '../protocol/numbers';

/** Bytes; a larger file is data or generated, and would fill the memory alone. */
export const maxFileBytes = 1_000_000;

export const badName = 'file name is not valid UTF-8';
export const nestedRepository = 'a nested repository; open it as a folder of its own';
export const vanished = 'vanished before it could be read';
export const ownFile = "one of Bonsai's own files";
export const ignoredByGit = 'ignored by git';
export const keptFromModel = 'excluded by .bonsaiignore';

export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

export function tooLarge(bytes: number, largest = maxFileBytes): string {
  return `larger than ${shortBytes(largest)} (${shortBytes(bytes)})`;
}

export function specialReason(info: { isDirectory(): boolean; isFIFO(): boolean; isSocket(): boolean }): string {
  const kind = info.isDirectory() ? 'folder' : info.isFIFO() ? 'named pipe' : info.isSocket() ? 'socket' : 'device';
  return `not a regular file (${kind})`;
}

export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return vanished;
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it';
  if (code === 'EISDIR') return 'not a regular file (folder)';
  if (code === 'ENXIO') return 'not a regular file (socket or device)';
  return `unreadable (${code ?? String(error)})`;
}

/** @param code of the error that reading the folder gave, as in `EACCES`, or its words */
export function cannotBeEntered(code: string | undefined): string {
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to enter the folder';
  return `the folder cannot be entered (${code ?? 'unknown error'})`;
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
