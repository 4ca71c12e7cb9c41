/**
 * Files that differ from the last commit. `git status` would say so, but it may run filter programs that the repository
 * names, and a time on disk alone says nothing: a fresh clone is newer than all its commits. So what is newer than the
 * last commit is hashed as git would, and compared.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { maxFileBytes } from '../skipReasons';
import { gitRecords } from './gitRecords';

const longestMs = 15_000;
const filesAtOnce = 16;

/**
 * @param newest time of the last commit, seconds since 1970
 * @returns time on disk, seconds since 1970, of those listed files that are newer and other than committed, or not
 *   committed at all
 */
export async function uncommittedSince(folder: string, newest: number, listed: Iterable<string>): Promise<Map<string, number>> {
  const committed = await committedBlobs(folder);
  const some = pLimit(filesAtOnce);
  const found = await Promise.all(
    [...listed].map((path) =>
      some(async (): Promise<[string, number][]> => {
        const seconds = await modifiedAt(join(folder, path));
        if (seconds === undefined || seconds <= newest) return [];
        return (await isBlob(join(folder, path), committed.get(path))) ? [] : [[path, seconds]];
      }),
    ),
  );
  return new Map(found.flat());
}

/** Object names by path, of HEAD and of this folder. */
async function committedBlobs(folder: string): Promise<Map<string, string>> {
  const blobs = new Map<string, string>();
  for await (const record of gitRecords(folder, ['ls-tree', '-r', '-z', 'HEAD'], longestMs)) {
    const [, hash, path] = /^\d+ blob ([\da-f]+)\t(.*)$/s.exec(record.toString('utf8')) ?? [];
    if (hash !== undefined && path !== undefined) blobs.set(path, hash);
  }
  return blobs;
}

async function modifiedAt(path: string): Promise<number | undefined> {
  const info = await lstat(path).catch(() => undefined);
  return info?.isFile() === true ? Math.floor(info.mtimeMs / 1000) : undefined;
}

/** @returns whether a file is what was committed; what cannot be read counts as unchanged */
async function isBlob(path: string, hash: string | undefined): Promise<boolean> {
  if (hash === undefined) return false;
  const bytes = await bytesOf(path);
  if (!bytes) return true;
  // Git may have changed the line ends on the way to the disk.
  const unixBytes = Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
  return [bytes, unixBytes].some((each) => blobHash(each, hash.length) === hash);
}

async function bytesOf(path: string): Promise<Buffer | undefined> {
  const flags = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const file = await open(path, flags).catch(() => undefined);
  try {
    const info = await file?.stat();
    return info?.isFile() === true && info.size <= maxFileBytes ? await file?.readFile() : undefined;
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}

function blobHash(bytes: Buffer, length: number): string {
  return createHash(length === 40 ? 'sha1' : 'sha256')
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest('hex');
}
