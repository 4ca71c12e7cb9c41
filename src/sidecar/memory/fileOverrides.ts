/**
 * Files that the person pinned (every token is kept) or dropped (not read), by repository. They are saved with the
 * memory (manifest.ts), and every look at the disk goes through it, so all that follows sees pins and drops only.
 */
import type { Catalogue } from './catalogue';

export interface Overrides {
  /** Shown paths. */
  pinned: readonly string[];
  dropped: readonly string[];
}

const none: Overrides = { pinned: [], dropped: [] };
export const droppedReason = 'dropped by you';

export class FileOverrides {
  private readonly known = new Map<string, Overrides>();

  /** @param saved what is saved for a repository, by its real folders */
  constructor(private readonly saved: (folders: readonly string[]) => Promise<Overrides | undefined>) {}

  /** As far as they have been asked for; see `load`. */
  of(folders: readonly string[]): Overrides {
    return this.known.get(keyOf(folders)) ?? none;
  }

  async load(folders: readonly string[]): Promise<Overrides> {
    const key = keyOf(folders);
    if (!this.known.has(key)) {
      const saved = (await this.saved(folders)) ?? none;
      // Whoever asked at the same time may have changed them already.
      if (!this.known.has(key)) this.known.set(key, saved);
    }
    return this.of(folders);
  }

  set(folders: readonly string[], overrides: Overrides): void {
    this.known.set(keyOf(folders), overrides);
  }

  /** The files to be read, each pinned one with a word of it; dropped ones are among the skipped. */
  async apply(catalogue: Catalogue): Promise<Catalogue> {
    const overrides = await this.load(catalogue.folders);
    const pinned = new Set(overrides.pinned);
    const dropped = new Set(overrides.dropped);
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
