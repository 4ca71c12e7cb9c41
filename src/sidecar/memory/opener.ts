/**
 * Brings back what is saved of a repository without reading anything, so that what asks the model finds it there. Of one
 * of which nothing is saved the files are listed, so that they can be searched; where the archive has them all, the memory is
 * put together from it.
 */
import type { OpenedRepository, PlanRepositoryParams } from '../../protocol';
import { realFolders } from '../../repo';
import type { Catalogue } from './catalogue';
import { sameFolders, type Held } from './held';
import type { StartingPoint } from './savedStates';
import type { MemoryParts } from './parts';
import { goOn, type ReadingStart } from './startReading';

/** The memory that it is for. */
export interface OpenerHost {
  held(): Held;
  /** What it has of these files, to be gone on with. */
  inUse(catalogue: Catalogue): StartingPoint | undefined;
  /** Stops everything. */
  readonly stopped: AbortSignal;
  /** Runs what changes the memory sequence, one after the other. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** The memory sequence holds this from now on. */
  take(start: ReadingStart): void;
  tell(error: unknown): void;
}

const nothing: OpenedRepository = { restoredTokens: 0, tokensToRead: 0, notes: [] };

export class Opener {
  /** Until what was asked for is in memory; at once when nothing was. Never fails. */
  opened: Promise<unknown> = Promise.resolve();
  /** Until the files on disk are known, so that they can be indexed. Never fails. */
  listed: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: MemoryParts,
    private readonly host: OpenerHost,
  ) {}

  /**
   * However little of it was read. What the memory holds of other folders stays when nothing is saved of these.
   * @throws BonsaiError `folder-missing` when something is saved of it; the signal's reason when stopped
   */
  open(params: PlanRepositoryParams, signal?: AbortSignal): Promise<OpenedRepository> {
    const { stopped } = this.host;
    const opened = this.host.alone(() => this.openNow(params, signal ? AbortSignal.any([signal, stopped]) : stopped));
    this.opened = opened.catch(() => undefined);
    return opened;
  }

  private async openNow({ folders, ...said }: PlanRepositoryParams, signal: AbortSignal): Promise<OpenedRepository> {
    const { host, parts } = this;
    const held = host.held();
    const real = await realFolders(folders);
    const saved = await parts.keeper.candidates(real);
    if (saved.length === 0 && !sameFolders(held, { folders: real })) {
      // Listing counts the tokens of every file, which a question does not wait for.
      if (held.name === undefined) this.listed = this.list({ folders, ...said }, signal);
      return nothing;
    }
    const session = parts.loaded.scheduler.openSession('reading');
    try {
      const catalogue = await parts.disk.look({ folders, name: said.name, encodings: said.encodings, signal });
      const notes: string[] = [];
      const request = { catalogue, held: host.inUse(catalogue), work: { session, signal }, notes, onRestoring: () => undefined };
      const start = await goOn(parts, request, Infinity);
      if (start || held.name === undefined) parts.disk.adopt(catalogue);
      if (!start) return { ...nothing, notes };
      host.take(start);
      return { restoredTokens: start.update.position, tokensToRead: start.update.tokensToRead, notes };
    } finally {
      session.close();
    }
  }

  /**
   * To be asked after `open`: whether nothing was saved, but the archive has the files, so that reading puts the memory together
   * from it. That is so after the budget or the policy was changed, or in another worktree.
   */
  async canAssemble(): Promise<boolean> {
    await this.listed;
    const { catalogue } = this.parts.disk;
    return this.host.held().name === undefined && catalogue !== undefined && this.isArchived(catalogue);
  }

  /** But for what is read as quickly as a question. */
  private isArchived({ files }: Catalogue): boolean {
    const { archive, loaded } = this.parts;
    if (!archive || files.length === 0) return false;
    const missing = files.reduce((sum, file) => sum + file.tokens - archive.tokensOf(file, file.tokens), 0);
    return missing <= loaded.chunk;
  }

  private async list({ folders, name, encodings }: PlanRepositoryParams, signal: AbortSignal): Promise<void> {
    const { disk } = this.parts;
    try {
      const catalogue = await disk.look({ folders, name, encodings, signal });
      if (!disk.catalogue) disk.adopt(catalogue);
    } catch (error) {
      this.host.tell(error);
    }
  }
}
