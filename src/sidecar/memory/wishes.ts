/**
 * What the person has said of single files, by repository: to be kept exactly, or not to be read. It is saved with the
 * memory (manifest.ts), and every look at the disk goes through it, so all that follows sees pins and drops only.
 */
import type { Catalogue } from './catalogue';

export interface FileWishes {
  /** Shown paths. */
  pinned: readonly string[];
  dropped: readonly string[];
}

const none: FileWishes = { pinned: [], dropped: [] };
export const droppedReason = 'dropped by you';

export class Wishes {
  private readonly known = new Map<string, FileWishes>();

  /** @param saved what is saved for a repository, by its real folders */
  constructor(private readonly saved: (folders: readonly string[]) => Promise<FileWishes | undefined>) {}

  /** As far as they have been asked for; see `recall`. */
  of(folders: readonly string[]): FileWishes {
    return this.known.get(keyOf(folders)) ?? none;
  }

  async recall(folders: readonly string[]): Promise<FileWishes> {
    const key = keyOf(folders);
    if (!this.known.has(key)) {
      const saved = (await this.saved(folders)) ?? none;
      // Whoever asked at the same time may have changed them already.
      if (!this.known.has(key)) this.known.set(key, saved);
    }
    return this.of(folders);
  }

  set(folders: readonly string[], wishes: FileWishes): void {
    this.known.set(keyOf(folders), wishes);
  }

  /** The files to be read, each pinned one with a word of it; dropped ones are among the skipped. */
  async sift(catalogue: Catalogue): Promise<Catalogue> {
    const wishes = await this.recall(catalogue.folders);
    const pinned = new Set(wishes.pinned);
    const dropped = new Set(wishes.dropped);
    const left = catalogue.files.filter(({ path }) => dropped.has(path));
    return {
      ...catalogue,
      files: catalogue.files
        .filter(({ path }) => !dropped.has(path))
        .map((file) => (pinned.has(file.path) ? { ...file, pinned: true as const } : file)),
      skipped: [...catalogue.skipped, ...left.map(({ path }) => ({ path, reason: droppedReason }))],
    };
  }
}

/** No folder's name has a zero byte. */
const keyOf = (folders: readonly string[]) => folders.join('\0');
