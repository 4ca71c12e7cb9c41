/**
 * What is known of the files on disk, and how it is kept true: the editor tells what it saw change, and before an answer
 * every file's size and time are looked at, for not everything that writes files tells the editor.
 */
import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import pLimit from 'p-limit';
import type { LoadedModel } from '../engine/loadedModel';
import { abortReason } from '../engine/scheduler';
import { readText } from '../../repo';
import { catalogueOf, entryOf, look, type Catalogue, type CatalogueFile, type CatalogueOptions } from './catalogue';

/** Files; looking at more would make the question wait. */
const mostSwept = 20_000;
const statsAtOnce = 64;
/** Files that say which files are read. */
const rules = new Set(['.gitignore', '.bonsaiignore', '.gitattributes']);

export class Disk {
  /** Two looks at once could finish in the wrong order. */
  private readonly oneAtATime = pLimit(1);
  private current: Catalogue | undefined;
  private latest: Catalogue | undefined;

  constructor(
    private readonly loaded: Pick<LoadedModel, 'model' | 'tokens'>,
    private readonly known: Pick<CatalogueOptions, 'facts' | 'marks' | 'own'>,
    /** Told of every new look at the repository. */
    private readonly onLook: (catalogue: Catalogue) => void = () => undefined,
    /** Every look goes through it: takes out what is not to be read although it could be. */
    private readonly sift: (catalogue: Catalogue) => Promise<Catalogue> = (catalogue) => Promise.resolve(catalogue),
  ) {}

  /** The repository that is in memory, or being read, as it was last seen. */
  get catalogue(): Catalogue | undefined {
    return this.current;
  }

  /** Lists any folders; files that are as they were are not opened. @throws as `catalogueOf` */
  look(options: Pick<CatalogueOptions, 'folders' | 'name' | 'encodings' | 'signal' | 'onFile'>): Promise<Catalogue> {
    return this.oneAtATime(async () => {
      this.latest = await catalogueOf(this.loaded, { ...options, ...this.known, before: this.latest });
      return this.sift(this.latest);
    });
  }

  /** From now on this is the repository. */
  adopt(catalogue: Catalogue): void {
    this.current = catalogue;
    this.onLook(catalogue);
  }

  /**
   * A file's text as it is at this moment, with its entry. A version that nobody has looked at is judged like any other,
   * and is what the repository has from here on: what was read is never behind what was looked at.
   * @returns undefined when there is nothing to read: it is gone, or its new version is not for the model
   */
  async read(entry: CatalogueFile): Promise<{ entry: CatalogueFile; text: string } | undefined> {
    const info = await lstat(entry.file.absolutePath).catch(() => undefined);
    const read = await readText(entry.folder, entry.file);
    // Gone, or changing at this very moment: the next look at the disk will say so.
    if (!info || 'reason' in read) return undefined;
    if (read.hash === entry.hash) return { entry, text: read.text };
    const file = { ...entry.file, bytes: info.size, mtimeMs: info.mtimeMs };
    const found = await entryOf(this.loaded, { ...entry, file }, read, this.known);
    const now = 'reason' in found ? found : { ...found, ...(entry.pinned ? { pinned: entry.pinned } : {}) };
    this.replace(entry.path, now);
    return 'reason' in now ? undefined : { entry: now, text: read.text };
  }

  private replace(path: string, now: CatalogueFile | { reason: string }): void {
    const { current } = this;
    if (!current) return;
    const files = current.files.flatMap((file) => (file.path !== path ? [file] : 'reason' in now ? [] : [now]));
    const skipped = 'reason' in now ? [...current.skipped, { path, reason: now.reason }] : current.skipped;
    this.adopt({ ...current, files, skipped });
  }

  /**
   * Looks again at what is known.
   * @param paths absolute; none: anything may have changed. A path that is not known means the same: it may be a new file,
   *   or a rule about files.
   * @returns whether anything is different
   */
  async lookAgain(paths: readonly string[], signal?: AbortSignal): Promise<boolean> {
    const before = this.current;
    if (!before) return false;
    const few = paths.length > 0 ? await this.lookAt(before, paths, signal) : undefined;
    const after = few ?? (await this.look({ folders: before.folders, name: before.name, encodings: before.encodings, signal }));
    // Another repository may have taken its place meanwhile.
    if (!this.current || !sameFolders(this.current, before)) return false;
    this.adopt(after);
    return differs(before, after);
  }

  /** The same for shown paths; those of no known file are passed over. */
  async lookAtFiles(shown: readonly string[], signal?: AbortSignal): Promise<boolean> {
    const wanted = new Set(shown);
    const paths = (this.current?.files ?? []).flatMap(({ path, file }) => (wanted.has(path) ? [file.absolutePath] : []));
    return paths.length > 0 && this.lookAgain(paths, signal);
  }

  /** Only at these files; undefined when that is not enough. */
  private lookAt(before: Catalogue, paths: readonly string[], signal?: AbortSignal): Promise<Catalogue | undefined> {
    return this.oneAtATime(async () => {
      const wanted = new Set(paths);
      const entries = before.files.filter(({ file }) => wanted.has(file.absolutePath));
      if (entries.length < wanted.size || paths.some((path) => rules.has(basename(path)))) return undefined;
      const seen = new Map<string, CatalogueFile>();
      for (const entry of entries) {
        if (signal?.aborted) throw abortReason(signal);
        const info = await lstat(entry.file.absolutePath).catch(() => undefined);
        if (!info?.isFile()) return undefined;
        const now = { ...entry, file: { ...entry.file, bytes: info.size, mtimeMs: info.mtimeMs } };
        const found = await look(this.loaded, now, this.known);
        if ('reason' in found) return undefined;
        seen.set(entry.path, found);
      }
      // A file that was read meanwhile has a newer entry than it had before.
      const latest = this.current && sameFolders(this.current, before) ? this.current : before;
      return this.sift({ ...latest, files: latest.files.map((entry) => seen.get(entry.path) ?? entry) });
    });
  }

  /** When every look that was begun has ended. */
  async idle(): Promise<void> {
    await this.oneAtATime(() => undefined);
  }

  /** Whether any known file has another size or time than when it was last looked at. */
  async changed(): Promise<boolean> {
    const { files = [] } = this.current ?? {};
    const limit = pLimit(statsAtOnce);
    const results = await limit.map(files.slice(-mostSwept), isChanged);
    return results.some(Boolean);
  }
}

async function isChanged({ file }: CatalogueFile): Promise<boolean> {
  try {
    const { mtimeMs, size } = await lstat(file.absolutePath);
    return mtimeMs !== file.mtimeMs || size !== file.bytes;
  } catch {
    return true;
  }
}

const sameFolders = (a: Catalogue, b: Catalogue) => a.folders.join('\0') === b.folders.join('\0');

function differs(before: Catalogue, after: Catalogue): boolean {
  const hashes = new Map(before.files.map(({ path, hash }) => [path, hash]));
  return before.files.length !== after.files.length || after.files.some(({ path, hash }) => hashes.get(path) !== hash);
}
