/**
 * What a person can do with one file in memory: pin it, drop it, take both back, or have it read again. A pin and a drop
 * are wishes that outlast the memory (wishes.ts); the reading that makes them true is the same that follows a change on disk.
 */
import type { TendedFile, TendFileParams } from '../../protocol';
import { stagingFor } from '../engine/budget';
import { BonsaiError } from '../errors';
import type { Catalogue } from './catalogue';
import type { FileWishes } from './wishes';
import type { MemoryParts } from './parts';
import type { RepositoryMemory } from './repositoryMemory';

/** The engine's: native/src/eviction.h. */
const pinnedShare = 1 / 4;

export class Tending {
  constructor(
    private readonly parts: Pick<MemoryParts, 'loaded' | 'disk' | 'wishes'>,
    private readonly memory: Pick<RepositoryMemory, 'name' | 'complete' | 'reading' | 'append' | 'stats' | 'files'>,
  ) {}

  /**
   * Does it, and waits until it is read.
   * @throws BonsaiError `bad-request` for what cannot be done, `no-memory` or `busy` while nothing can be done
   */
  async tend({ path, action }: TendFileParams): Promise<TendedFile> {
    const catalogue = this.whole();
    const wishes = await this.parts.wishes.recall(catalogue.folders);
    const file = catalogue.files.find((each) => each.path === path);
    if (action === 'restore') {
      if (!wishes.dropped.includes(path)) throw refuse(`${path} was not dropped, so there is nothing to restore.`);
      return this.wish(catalogue, { ...wishes, dropped: without(wishes.dropped, path) }, `${path} is read again like every other file.`);
    }
    if (!file) {
      const why = wishes.dropped.includes(path) ? 'was dropped; restore it first' : 'is no file that Bonsai reads here';
      throw refuse(`${path} ${why}.`);
    }
    switch (action) {
      case 'pin': {
        if (wishes.pinned.includes(path)) return { tokens: 0, note: `${path} is pinned already.` };
        return this.wish(catalogue, { ...wishes, pinned: [...wishes.pinned, path] }, `${path} is pinned.`);
      }
      case 'unpin': {
        if (!wishes.pinned.includes(path)) throw refuse(`${path} is not pinned.`);
        const note = `${path} is no longer pinned. What is kept of it stays until the memory is next built anew.`;
        return this.wish(catalogue, { ...wishes, pinned: without(wishes.pinned, path) }, note);
      }
      case 'drop': {
        if (catalogue.files.length === 1) throw refuse(`${path} is the only file that is read; without it there is no memory.`);
        const next = { pinned: without(wishes.pinned, path), dropped: [...wishes.dropped, path] };
        return this.wish(
          catalogue,
          next,
          `${path} is dropped: the model was told that it is gone, and it is not read until you restore it.`,
        );
      }
      case 'reread': {
        await this.parts.disk.lookAgain([]);
        const tokens = await this.memory.append([path]);
        return { tokens, note: `${path} was read again; it now stands closest to your questions.` };
      }
    }
  }

  private whole(): Catalogue {
    const { loaded, disk } = this.parts;
    if (!loaded.sequences.background)
      throw refuse("llama.cpp's own cache is running: it keeps every token and cannot be tended. Set bonsai.engine to bonsai.");
    if (this.memory.reading) throw new BonsaiError('busy', 'The repository is being read. Wait for it, or pause it and resume later.');
    const { catalogue } = disk;
    if (this.memory.name === undefined || !catalogue) throw new BonsaiError('no-memory', 'No repository is in memory. Read it first.');
    if (!this.memory.complete)
      throw new BonsaiError('no-memory', `${this.memory.name} was not read to its end. Resume reading, then try again.`);
    return catalogue;
  }

  private async wish({ folders }: Catalogue, wishes: FileWishes, note: string): Promise<TendedFile> {
    const { wishes: all, disk } = this.parts;
    all.set(folders, wishes);
    await disk.lookAgain([]);
    const tokens = await this.memory.append([]);
    return { tokens, note: [note, this.limit()].filter(Boolean).join(' ') };
  }

  /** A word about pins that are more than the engine keeps; those of older versions count until the memory is built anew. */
  private limit(): string {
    const { loaded } = this.parts;
    const wanted = this.memory.files.reduce((sum, { start, end, pinned }) => (pinned ? sum + end - start : sum), 0);
    const smallest = Math.min(...this.memory.stats.budgets) - stagingFor(loaded.chunk);
    const room = Math.floor(smallest * pinnedShare);
    if (loaded.cache.policy === 'full' || wanted <= room) return '';
    return `Pins take ${wanted} tokens together, older versions included; the smallest layer keeps ${room} of them for certain, a quarter of its budget, the oldest first.`;
  }
}

const without = (paths: readonly string[], path: string) => paths.filter((each) => each !== path);

const refuse = (sentence: string) => new BonsaiError('bad-request', sentence);
