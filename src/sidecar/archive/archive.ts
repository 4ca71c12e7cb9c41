/**
 * The archive: rows (keys and values) of files that were read, kept under the hash of what was read, as git keeps files. What is
 * in it comes back into any cache of the same model without the model running: as a part of the repository memory, or before a
 * question. Shared by branches, worktrees and windows; private to its owner; within a quota, the least recently used first.
 *
 *     <folder>/<model and engine>/<piece of a file>.kv
 *
 * It is a cache of work: whatever goes wrong with it, the text is read instead, and the log says why.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { shortBytes } from '../../protocol/numbers';
import { errorCode, makePrivateFolder, partSuffix, whyNot, type Log } from '../privateFiles';
import { ObjectDamaged, ObjectFile, writeObject, type Frame } from './objectFile';
import { piecesOf, type NamedContent } from './pieces';

const suffix = '.kv';
/** An unfinished file that is older was left by a process that is gone. Milliseconds. */
const abandoned = 3_600_000;
/** Used again within so many milliseconds, an object is not marked as used once more. */
const usedAgain = 3_600_000;
/** Of the quota, what is left when room is made: not every object has to look for some. */
const breathing = 0.9;

export interface ArchiveOptions {
  /** Of all models. */
  folder: string;
  quotaBytes: number;
  /** Everything that makes rows of one model useless to another. */
  identity: readonly unknown[];
  log: Log;
}

export interface ArchiveStats {
  objects: number;
  bytes: number;
}

export interface Stored {
  path: string;
  bytes: number;
  usedAt: number;
}

export class Archive {
  private readonly writing = pLimit(1);
  /** Objects that this process uses, or is going to: they do not go for the sake of other ones. */
  private readonly wanted = new Set<string>();
  private bytes = 0;
  private failed = false;
  private full = false;

  private constructor(
    private readonly options: ArchiveOptions,
    private readonly own: string,
    /** Of this model, as far as this process knows. */
    private readonly known: Set<string>,
  ) {}

  /** @returns undefined where the folder cannot be used; the log says why */
  static async open(options: ArchiveOptions): Promise<Archive | undefined> {
    const { folder, identity, log } = options;
    const own = join(folder, createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32));
    try {
      await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
      await makePrivateFolder(folder);
      await makePrivateFolder(own);
      const names = (await readdir(own)).filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length));
      const archive = new Archive(options, own, new Set(names));
      await archive.tidy();
      return archive;
    } catch (error) {
      log(`${folder} cannot be used as an archive: ${whyNot(error)}. What is read is not archived.`, 'warn');
      return undefined;
    }
  }

  /** Tokens of a file whose rows are there, as far as this process knows. @param tokens of the file with its head */
  tokensOf(content: NamedContent, tokens: number): number {
    return piecesOf(content, tokens).reduce((sum, { name, from, to }) => sum + (this.known.has(name) ? to - from : 0), 0);
  }

  /** As far as this process knows. */
  has(name: string): boolean {
    return this.known.has(name);
  }

  /** This file is going to be read. @param tokens of it with its head */
  want(content: NamedContent, tokens: number): void {
    for (const { name } of piecesOf(content, tokens)) if (this.known.has(name)) this.wanted.add(name);
  }

  /** The rows of exactly these tokens, to be closed by the caller; undefined: they are not there, or of no use. */
  async find(name: string, tokens: Uint32Array): Promise<ObjectFile | undefined> {
    const path = this.path(name);
    try {
      const object = await ObjectFile.open(path);
      if (object.isOf(tokens)) {
        await touch(path);
        this.known.add(name);
        this.wanted.add(name);
        return object;
      }
      await object.close();
      throw new ObjectDamaged('it is of other tokens');
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') await this.discard(name, error);
      this.known.delete(name);
      return undefined;
    }
  }

  /** Removes an object that is of no use. @param why an error that says what is wrong with it */
  async discard(name: string, why: unknown): Promise<void> {
    this.known.delete(name);
    this.options.log(`${this.path(name)} is removed from the archive, and the text is read instead: ${whyNot(why)}.`, 'warn');
    await rm(this.path(name), { force: true }).catch(() => undefined);
  }

  /**
   * Keeps the rows of a piece, if there is room for them. Never fails: after the first failure nothing is archived any more, and
   * the log says why.
   */
  async put(name: string, tokens: Uint32Array, frames: readonly Frame[]): Promise<void> {
    await this.writing(async () => {
      if (this.failed || this.known.has(name)) return;
      try {
        if (!(await this.hasRoomFor(frames.reduce((sum, { rows }) => sum + rows.length, 0)))) return;
        this.bytes += await writeObject(this.path(name), tokens, frames);
        this.known.add(name);
        this.wanted.add(name);
      } catch (error) {
        this.failed = true;
        this.options.log(`What is read is not archived any more: ${whyNot(error)}. Reading goes on without.`, 'warn');
      }
    });
  }

  /** Removes everything, of all models. @returns bytes that are free again */
  async clear(): Promise<number> {
    return this.writing(async () => {
      const { objects, left } = await prune(this.options.folder, 0);
      this.known.clear();
      this.wanted.clear();
      this.bytes = left;
      this.full = false;
      return bytesOf(objects);
    });
  }

  /** Until everything is written. */
  async settled(): Promise<void> {
    await this.writing(() => undefined);
  }

  /** Makes room by removing what is not wanted here, the least recently used first. */
  private async hasRoomFor(bytes: number): Promise<boolean> {
    const { quotaBytes, log } = this.options;
    if (this.bytes + bytes > quotaBytes && !this.full) {
      await this.keepWithin(breathing * quotaBytes);
      this.full = this.bytes + bytes > quotaBytes;
      if (this.full)
        log(`The archive is full: ${shortBytes(quotaBytes)} hold a part of what is read. A larger quota would spare more reading.`, 'info');
    }
    return this.bytes + bytes <= quotaBytes;
  }

  private async keepWithin(bytes: number): Promise<void> {
    const { folder, log } = this.options;
    const { objects, left } = await prune(folder, bytes, (path) => dirname(path) === this.own && this.wanted.has(nameOf(path)));
    for (const { path } of objects) if (dirname(path) === this.own) this.known.delete(nameOf(path));
    this.bytes = left;
    if (objects.length > 0) log(`${objects.length} objects of the archive were deleted to make room.`, 'info');
  }

  private async tidy(): Promise<void> {
    for (const name of (await readdir(this.own)).filter((each) => each.endsWith(partSuffix))) {
      const path = join(this.own, name);
      const found = await stat(path).catch(() => undefined);
      if (found && Date.now() - found.mtimeMs > abandoned) await rm(path, { force: true });
    }
    this.bytes = (await archiveStats(this.options.folder)).bytes;
    if (this.bytes > this.options.quotaBytes) await this.keepWithin(breathing * this.options.quotaBytes);
  }

  private path(name: string): string {
    return join(this.own, `${name}${suffix}`);
  }
}

/** Of all models. @param folder of the archive, which may not be there */
export async function archiveStats(folder: string): Promise<ArchiveStats> {
  const all = await listObjects(folder);
  return { objects: all.length, bytes: bytesOf(all) };
}

/**
 * Removes the least recently used objects until the others take at most so many bytes.
 * @param stays whether the object at a path must not go
 * @returns what was removed, and the bytes that are left
 */
export async function prune(
  folder: string,
  bytes: number,
  stays: (path: string) => boolean = () => false,
): Promise<{ objects: Stored[]; left: number }> {
  const all = (await listObjects(folder)).toSorted((a, b) => a.usedAt - b.usedAt);
  let left = bytesOf(all);
  const objects: Stored[] = [];
  for (const object of all) {
    if (left <= bytes) break;
    if (stays(object.path)) continue;
    // On Windows a file that is being read cannot be removed; the next one is as good.
    const gone = await rm(object.path).then(
      () => true,
      () => false,
    );
    if (!gone) continue;
    left -= object.bytes;
    objects.push(object);
  }
  return { objects, left };
}

export interface Damaged {
  path: string;
  reason: string;
}

/**
 * Reads every object of the archive.
 * @param remove whether damaged ones are deleted @param onObject told of each one
 * @returns those that are damaged
 */
export async function verifyArchive(
  folder: string,
  { remove = false, onObject = () => undefined }: { remove?: boolean; onObject?: () => void } = {},
): Promise<Damaged[]> {
  const damaged: Damaged[] = [];
  for (const { path } of await listObjects(folder)) {
    const reason = await damageOf(path);
    if (reason !== undefined) {
      damaged.push({ path, reason });
      if (remove) await rm(path, { force: true });
    }
    onObject();
  }
  return damaged;
}

/** @returns what is wrong with an object, in words; undefined: nothing, or it is gone */
export async function damageOf(path: string): Promise<string | undefined> {
  try {
    const object = await ObjectFile.open(path);
    await object.verify().finally(() => object.close());
    return undefined;
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? undefined : whyNot(error);
  }
}

async function listObjects(folder: string): Promise<Stored[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const objects: Stored[] = [];
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.endsWith(suffix)) continue;
    const path = join(entry.parentPath, entry.name);
    const found = await stat(path).catch(() => undefined);
    if (found) objects.push({ path, bytes: found.size, usedAt: found.mtimeMs });
  }
  return objects;
}

export const bytesOf = (objects: readonly Stored[]) => objects.reduce((sum, { bytes }) => sum + bytes, 0);

const nameOf = (path: string) => basename(path, suffix);

/** The time of change tells when an object was last of use. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  const found = await stat(path);
  if (now.getTime() - found.mtimeMs > usedAgain) await utimes(path, now, now).catch(() => undefined);
}
