/**
 * What a person can do with one file in memory: pin it, drop it, take both back, or have it read again. A pin and a drop
 * are overrides that outlast the memory (fileOverrides.ts); the reading that makes them true is the same that follows a change on disk.
 */
import type { FileActionResult, FileActionParams } from '../../protocol';
import { exactCount } from '../../protocol/numbers';
import { stagingFor } from '../engine/budget';
import { BonsaiError } from '../errors';
import type { Catalogue } from './catalogue';
import type { Overrides } from './fileOverrides';
import type { MemoryParts } from './parts';
import type { RepositoryMemory } from './repositoryMemory';

/** The engine's: native/src/eviction.h. */
const pinnedShare = 1 / 4;

export class FileActions {
  constructor(
    private readonly parts: Pick<MemoryParts, 'loaded' | 'disk' | 'overrides'>,
    private readonly memory: Pick<RepositoryMemory, 'name' | 'complete' | 'reading' | 'append' | 'stats' | 'files'>,
  ) {}

  /**
   * Does it, and waits until it is read. Stopped, the override stays, and what it asks for is read later.
   * @throws BonsaiError `bad-request` for what cannot be done, `no-memory` or `busy` while nothing can be done
   */
  async apply({ path, action }: FileActionParams, signal?: AbortSignal): Promise<FileActionResult> {
    const catalogue = this.whole();
    const overrides = await this.parts.overrides.load(catalogue.folders);
    const file = catalogue.files.find((each) => each.path === path);
    if (action === 'restore') {
      if (!overrides.dropped.includes(path)) throw refuse(`${path} was not dropped, so there is nothing to restore.`);
      return this.change(
        catalogue,
        { ...overrides, dropped: without(overrides.dropped, path) },
        `${path} is read again like every other file.`,
        signal,
      );
    }
    if (!file) {
      const why = overrides.dropped.includes(path) ? 'was dropped; restore it first' : 'is no file that Bonsai reads here';
      throw refuse(`${path} ${why}.`);
    }
    switch (action) {
      case 'pin': {
        if (overrides.pinned.includes(path)) return { tokens: 0, note: `${path} is pinned already.` };
        return this.change(catalogue, { ...overrides, pinned: [...overrides.pinned, path] }, `${path} is pinned.`, signal);
      }
      case 'unpin': {
        if (!overrides.pinned.includes(path)) throw refuse(`${path} is not pinned.`);
        const note = `${path} is no longer pinned. What is kept of it stays until the memory is next rebuilt.`;
        return this.change(catalogue, { ...overrides, pinned: without(overrides.pinned, path) }, note, signal);
      }
      case 'drop': {
        if (catalogue.files.length === 1) throw refuse(`${path} is the only file that is read; without it there is no memory.`);
        // A pin outlasts it: what is restored is pinned as before.
        const next = { ...overrides, dropped: [...overrides.dropped, path] };
        return this.change(catalogue, next, `${path} was removed from memory. It is not read until you restore it.`, signal);
      }
      case 'reread': {
        await this.parts.disk.lookAgain([], signal);
        const tokens = await this.memory.append([path], signal);
        return { tokens, note: `${path} was read again; it now stands closest to your questions.` };
      }
    }
  }

  private whole(): Catalogue {
    const { loaded, disk } = this.parts;
    if (!loaded.sequences.background)
      throw refuse(
        "llama.cpp's own cache is running: it keeps every token, so no file can be pinned or dropped. Set bonsai.engine to bonsai.",
      );
    if (this.memory.reading) throw new BonsaiError('busy', 'The repository is being read. Wait for it, or pause it and resume later.');
    const { catalogue } = disk;
    if (this.memory.name === undefined || !catalogue) throw new BonsaiError('no-memory', 'No repository is in memory. Read it first.');
    if (!this.memory.complete)
      throw new BonsaiError('no-memory', `${this.memory.name} was not read completely. Resume reading, then try again.`);
    return catalogue;
  }

  private async change(
    { folders }: Catalogue,
    overrides: Overrides,
    note: string,
    signal: AbortSignal | undefined,
  ): Promise<FileActionResult> {
    const { overrides: all, disk } = this.parts;
    all.set(folders, overrides);
    await disk.lookAgain([], signal);
    const tokens = await this.memory.append([], signal);
    return { tokens, note: [note, this.limit()].filter(Boolean).join(' ') };
  }

  /** A word about pins that are more than the engine keeps; those of older versions count until the memory is built anew. */
  private limit(): string {
    const { loaded } = this.parts;
    const wanted = this.memory.files.reduce((sum, { start, end, pinned }) => (pinned ? sum + end - start : sum), 0);
    const smallest = Math.min(...this.memory.stats.budgets) - stagingFor(loaded.chunk);
    const room = Math.floor(smallest * pinnedShare);
    if (loaded.cache.policy === 'full' || wanted <= room) return '';
    return `${exactCount(wanted)} tokens are pinned; only ${exactCount(room)} are sure to stay.`;
  }
}

const without = (paths: readonly string[], path: string) => paths.filter((each) => each !== path);

const refuse = (sentence: string) => new BonsaiError('bad-request', sentence);
