/**
 * Where a download lies until it is checked: a hidden folder beside its goal, which nothing looks into for models, one
 * for each file (its checksum, or else its address), used by one process at a time. It remembers what the server said of the file, so that a file that
 * changed there is not patched together from two.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, rmdir, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lock } from 'proper-lockfile';
import { messageOf } from '../../protocol/messageOf';
import { shortBytes } from '../../protocol/numbers';
import { BonsaiError } from '../errors';

/** Left to everybody else on the disk, bytes. */
const spaceReserve = 250_000_000;
const sourceFile = 'source.txt';

export class DownloadFolder {
  private constructor(
    /** Absolute. */
    readonly path: string,
    private readonly goal: string,
    private readonly unlock: () => Promise<void>,
  ) {}

  /**
   * @param file tells the file from every other
   * @param name how a person knows it
   * @throws BonsaiError `storage` or `busy`
   */
  static async open(goal: string, file: string, name: string): Promise<DownloadFolder> {
    const path = join(goal, '.bonsai-download', createHash('sha256').update(file).digest('hex').slice(0, 16));
    try {
      await mkdir(path, { recursive: true });
      return new DownloadFolder(path, goal, await lock(path));
    } catch (error) {
      if (codeOf(error) === 'ELOCKED')
        throw new BonsaiError('busy', `${name} is already being downloaded, perhaps from another window. Wait for it.`, { cause: error });
      throw storageFailure(error, goal);
    }
  }

  /**
   * Keeps what is there if it is of the same file, else starts afresh.
   * @param source all that tells the file from another
   * @param checked whether a checksum will tell what a process that was killed wrote only in part; without one, what is
   * there is worth something only after {@link keep}
   */
  async startFrom(source: string, checked: boolean): Promise<void> {
    const path = join(this.path, sourceFile);
    const known = await readFile(path, 'utf8').catch(() => undefined);
    if (known !== source) {
      await this.clear();
      await mkdir(this.path, { recursive: true });
    }
    if (checked) await writeFile(path, source);
    else await rm(path, { force: true });
  }

  /** What is there was written in full, as far as it goes. */
  async keep(source: string): Promise<void> {
    await writeFile(join(this.path, sourceFile), source).catch(() => undefined);
  }

  /** @param missing bytes still to come @throws BonsaiError `storage` */
  async checkSpace(missing: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.path);
    const free = bavail * bsize;
    if (free >= missing + spaceReserve) return;
    throw new BonsaiError(
      'storage',
      `The disk of ${this.goal} has ${shortBytes(free)} free; the download needs ${shortBytes(missing + spaceReserve)}. Make room, or choose another folder.`,
    );
  }

  /** @throws BonsaiError `download` when the goal has a file of this name, which may be in use */
  async checkFree(name: string): Promise<void> {
    const path = join(this.goal, name);
    if (await stat(path).catch(() => undefined))
      throw new BonsaiError('download', `${path} already exists. Choose that file, or move it away to download it again.`);
  }

  /** Moves a checked file to the goal. @returns where it is now @throws BonsaiError `storage` */
  async deliver(name: string): Promise<string> {
    const goal = join(this.goal, basename(name));
    try {
      await rename(join(this.path, name), goal);
    } catch (error) {
      throw storageFailure(error, this.goal);
    }
    return goal;
  }

  /** Forgets what was downloaded. */
  async clear(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  /** @param empty whether nothing is to be kept for another attempt */
  async close(empty: boolean): Promise<void> {
    if (empty) await this.clear();
    await this.unlock().catch(() => undefined);
    // Only when no other download has left anything.
    if (empty) await rmdir(dirname(this.path)).catch(() => undefined);
  }
}

/** What a failure of the file system means to the person. */
export function storageFailure(error: unknown, folder: string): BonsaiError {
  const code = codeOf(error);
  const options = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new BonsaiError(
      'storage',
      `The disk of ${folder} is full. Make room and try again; the download continues where it stopped.`,
      options,
    );
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new BonsaiError('storage', `${folder} cannot be written to. Choose another folder.`, options);
  if (code === 'ENOTDIR' || code === 'EEXIST') return new BonsaiError('storage', `${folder} is not a folder. Choose another one.`, options);
  const why = messageOf(error);
  return new BonsaiError('storage', `${folder} cannot be used for a download: ${why}. Choose another folder.`, options);
}

/** Whether an error is the file system's. */
export function isStorageError(error: unknown): boolean {
  return /^(ENOSPC|EDQUOT|EACCES|EPERM|EROFS|ENOTDIR|EEXIST|EIO|EMFILE)$/.test(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
