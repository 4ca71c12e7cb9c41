/**
 * Keeps the search index as the files on disk are: filled after a repository was read or restored, then file by file as
 * they change. It works between other things; a question asked meanwhile finds what is there already.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readText } from '../../repo';
import type { RecallIndex } from '../recall/types';
import type { CatalogueFile } from './catalogue';
import type { CodeBook } from './codeBook';

/** What of a catalogue is needed: searching needs no model, so no tokens are counted. */
export interface Searchable {
  files: readonly Pick<CatalogueFile, 'path' | 'folder' | 'file' | 'hash'>[];
}

export class RecallFiller {
  private readonly indexed = new Map<string, string>();
  private index: Promise<RecallIndex> | undefined;
  private ready: RecallIndex | undefined;
  private wanted: Searchable | undefined;
  private running: Promise<void> | undefined;
  private closed = false;
  private filled = false;

  /** @param open called when the first file is to be indexed */
  constructor(
    private readonly code: CodeBook,
    private readonly open: () => Promise<RecallIndex>,
  ) {}

  /** What can be searched now; undefined before the first repository. */
  get current(): RecallIndex | undefined {
    return this.ready;
  }

  /** Whether it was once as the files were: what is missing since are files that changed. */
  get wasWhole(): boolean {
    return this.filled;
  }

  /** Brings the index to this state of the files; a later call overtakes an earlier one. @returns when it is done */
  follow(catalogue: Searchable): Promise<void> {
    this.wanted = catalogue;
    this.running ??= this.work().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Until the index is as the files are; at once when it is, or when filling it failed. */
  async whole(): Promise<void> {
    await this.running?.catch(() => undefined);
  }

  /** Whether the path is indexed with this content. */
  isIndexed({ path, hash }: Pick<CatalogueFile, 'path' | 'hash'>): boolean {
    return this.indexed.get(path) === hash;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.running?.catch(() => undefined);
    this.ready?.close();
  }

  private async work(): Promise<void> {
    this.index ??= this.open();
    const index = await this.index;
    this.ready = index;
    for (let target = this.wanted; target && !this.closed; target = this.wanted === target ? undefined : this.wanted)
      await this.fill(index, target);
    this.filled = !this.closed;
  }

  private async fill(index: RecallIndex, catalogue: Searchable): Promise<void> {
    const present = new Set(catalogue.files.map(({ path }) => path));
    for (const path of this.indexed.keys()) {
      if (present.has(path)) continue;
      index.remove(path);
      this.indexed.delete(path);
    }
    for (const entry of catalogue.files) {
      if (this.closed || this.wanted !== catalogue) return;
      if (this.indexed.get(entry.path) === entry.hash) continue;
      await nextTurn();
      const read = await readText(entry.folder, entry.file);
      if ('reason' in read) {
        index.remove(entry.path);
        this.indexed.delete(entry.path);
        continue;
      }
      index.put(entry.path, read.text, await this.code.of({ path: entry.path, hash: read.hash }, read.text));
      this.indexed.set(entry.path, read.hash);
    }
    this.code.forget(catalogue.files);
  }
}
