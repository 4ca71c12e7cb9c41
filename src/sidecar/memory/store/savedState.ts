/** A state that was saved, for reading. Any process may read it, also while another one goes on writing it. */
import { join } from 'node:path';
import type { Checkpoint, Manifest } from '../manifest';
import { readManifest, tokensOf } from './manifestFile';
import { errorCode, plainFileSize, whyNot, type Log } from '../../privateFiles';
import { diskBytes, markUsed, type StateFolder } from './stateFolders';

export interface SavedState {
  readonly id: string;
  /** With the checkpoints only whose state files are there in full; there may be none. */
  readonly manifest: Manifest;
  /** Of all its files. */
  readonly bytes: number;
  /** Milliseconds since 1970, not after now. */
  readonly usedAt: number;
  readonly tokens: number;
  /**
   * @param load reads the state file at the path it is given
   * @returns what `load` returns; undefined: the file is gone, because the state was deleted or saved anew meanwhile
   * @throws what `load` throws while the file is there
   */
  read<T>(checkpoint: Checkpoint, load: (path: string) => Promise<T>): Promise<T | undefined>;
  /** The least recently used states are the first to be deleted when room is needed. */
  touch(): Promise<void>;
}

/** @returns undefined when it is of no use; the log says why */
export async function openState(root: string, folder: StateFolder, log: Log): Promise<SavedState | undefined> {
  // Begun and not saved yet.
  if (folder.usedAt === 0) return undefined;
  try {
    const { manifest, lost } = await readManifest(folder.path);
    for (const { file } of lost)
      log(`A checkpoint is ignored: ${join(folder.path, file)} is missing or has another length than it was saved with.`, 'warn');
    return {
      id: folder.id,
      manifest,
      bytes: diskBytes([folder]),
      usedAt: Math.min(folder.usedAt, Date.now()),
      tokens: tokensOf(manifest),
      read: async (checkpoint, load) => {
        const path = join(folder.path, checkpoint.file);
        const isThere = async () => (await plainFileSize(path)) === checkpoint.bytes;
        if (!(await isThere())) return undefined;
        try {
          return await load(path);
        } catch (error) {
          if (await isThere()) throw error;
          return undefined;
        }
      },
      touch: () => markUsed(root, folder.id),
    };
  } catch (error) {
    // Deleted since it was listed.
    if (errorCode(error) !== 'ENOENT') log(`The saved memory in ${folder.path} is ignored: ${whyNot(error)}.`, 'warn');
    return undefined;
  }
}
