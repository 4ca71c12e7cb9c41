/**
 * The repository as the model has it: read once, restored from disk ever after, and kept true. Whatever changes the
 * memory sequence runs one after the other; what has been read can be used at any time in between.
 */
import pLimit from 'p-limit';
import type { Fidelity, MemoryState, ReadRepositoryParams, ReadSummary, SkippedFile } from '../../protocol';
import type { KvStats } from '../engine/kvCache';
import type { Work } from '../engine/sequence';
import { Cancelled } from '../errors';
import type { Catalogue, CatalogueFile } from './catalogue';
import { behindOf, heldFiles, knownFiles, nothingHeld, stateOf, stillThere, type Held, type HeldFile } from './held';
import type { StartingPoint } from './savedStates';
import { endOf, journalOf } from './log';
import { Opener } from './opener';
import type { MemoryParts, ReadHooks } from './parts';
import { Pace, preparing, reading, summaryOf } from './readingProgress';
import { fullNotice, readableTokens } from './readable';
import { Reader } from './reader';
import { renewalOf, Renewer, type RenewalRequest } from './renewer';
import { inUse, lookToRead, newest, startReading, type ReadingStart } from './startReading';
import { renewalDue, type Update } from './update';

/** A renewal that costs at most so many times what appending would is done in its place: after a change of branch, say. */
const renewAtOnce = 1.5;
/** Times that what changed is appended before it has to be told again: a file that never rests must not be read for ever. */
const mostRounds = 3;
const quiet = 3000; // Milliseconds without a change before a memory is renewed that could also wait.

export class RepositoryMemory {
  private readonly exclusive = pLimit(1);
  private readonly closing = new AbortController();
  private readonly renewer: Renewer;
  readonly opener: Opener;
  private held: Held = nothingHeld;
  private reader: Reader | undefined;
  private catchingUp: Promise<void> | undefined;
  /** The disk was looked at, with news, since catching up last asked what has changed. */
  private news = false;
  private reads = 0; // Readings that were asked for and have not ended.
  private full = false;
  private total = 0;
  /** Changes whenever something else is held than before and what followed it. */
  replacements = 0;

  constructor(private readonly parts: MemoryParts) {
    this.renewer = new Renewer(parts);
    this.opener = new Opener(parts, {
      held: () => this.held,
      inUse: this.inUse,
      stopped: this.closing.signal,
      alone: (work) => this.exclusive(work),
      take: (start) => this.take(start),
      tell: (error) => this.tell(error),
    });
  }

  /** Changes whenever what a fork of the memory would hold changes. */
  get version(): string {
    return `${this.replacements}:${this.tokensRead}`;
  }

  get name(): string | undefined {
    return this.held.name;
  }

  get folders(): readonly string[] {
    return this.held.folders;
  }

  get complete(): boolean {
    return this.held.complete;
  }

  get reading(): boolean {
    return this.reads > 0;
  }

  /** Set when the cache cannot evict and the repository is larger than it: what to do about it. */
  get notice(): string | undefined {
    return this.full ? fullNotice(this.tokensRead, this.total) : undefined;
  }

  get tokensRead(): number {
    return this.parts.loaded.sequences.memory.position;
  }

  get tokensTotal(): number {
    return Math.max(this.total, this.tokensRead);
  }

  get skipped(): readonly SkippedFile[] {
    return this.parts.disk.catalogue?.skipped ?? [];
  }

  /** What was read, in its order; the last one may be cut. */
  get files(): HeldFile[] {
    return heldFiles(this.reader?.segments ?? this.held.segments, this.tokensRead);
  }

  /** Of what was read, the files that are still there, in the order they were read. */
  get heldEntries(): CatalogueFile[] {
    return stillThere(this.files, this.parts.disk.catalogue);
  }

  /** Files that it knows, those left out that are gone. */
  get fileCount(): number {
    return knownFiles(this.reader?.segments ?? this.held.segments, this.tokensRead);
  }

  get stats(): KvStats {
    return this.parts.loaded.cache.stats(this.parts.loaded.sequences.memory.id);
  }

  /** Files that changed on disk and have not been read again. */
  get behind(): string[] {
    const { catalogue } = this.parts.disk;
    return catalogue && !this.reader ? behindOf(this.held.segments, catalogue, this.held.complete) : [];
  }

  get state(): MemoryState {
    return stateOf({
      held: this.held,
      paused: this.name !== undefined && !this.complete && !this.reader,
      behind: this.behind.length,
      renewing: this.renewer.progress,
      savedAt: this.parts.keeper.savedAt,
    });
  }

  private take({ update, held }: ReadingStart): void {
    this.hold({ ...held, complete: update.readings.length === 0 });
    this.total = endOf(update.kept) + update.tokensToRead;
    this.catchUpSoon();
  }

  /** What it has of these files, to be gone on with. */
  readonly inUse = (catalogue: Catalogue): StartingPoint | undefined => inUse(this.held, this.tokensRead, catalogue);

  /** @throws BonsaiError `folder-missing`, `nothing-to-read`, `engine-failed`; stopping is no error but in the summary */
  async read(params: ReadRepositoryParams, hooks: ReadHooks = {}): Promise<ReadSummary> {
    this.reads++;
    try {
      await this.renewer.stop();
      return await this.exclusive(() => this.readNow(params, hooks));
    } finally {
      this.reads--;
    }
  }

  private async readNow(params: ReadRepositoryParams, hooks: ReadHooks): Promise<ReadSummary> {
    const began = performance.now();
    const notes: string[] = [];
    const pace = new Pace();
    const { signal } = hooks;
    const session = this.parts.loaded.scheduler.openSession('reading');
    let kept = 0;
    try {
      const catalogue = await lookToRead(this.parts.disk, params, hooks);
      notes.push(...catalogue.notes);
      const { update, held } = await startReading(this.parts, {
        catalogue,
        held: this.inUse(catalogue),
        again: params.again ?? false,
        work: { session, signal },
        notes,
        onRestoring: (restored) => hooks.onProgress?.(preparing('restoring', restored)),
        onMeasuring: (update) => hooks.onProgress?.(preparing('measuring', update)),
      });
      this.hold(held);
      kept = update.position;
      const whole = await this.readUpdate(update, catalogue, params.maxTokens, { session, signal }, pace, hooks);
      this.full = !whole && this.tokensRead !== params.maxTokens;
      await this.save(session);
      if (whole) await this.parts.keeper.forgetReplaced();
      return summaryOf(this, { began, pace, kept, notes }, whole ? undefined : 'maxTokens');
    } catch (error) {
      if (!signal?.aborted) throw error;
      // What was read so far is not read again, also not by another process.
      if (!this.closing.signal.aborted && this.tokensRead > kept) await this.save(session);
      return summaryOf(this, { began, pace, kept, notes }, 'cancelled');
    } finally {
      session.close();
      this.catchUpSoon();
    }
  }

  private hold(held: Held): void {
    this.held = held;
    this.full = false;
    this.replacements++;
  }

  /** @returns whether everything was read */
  private async readUpdate(
    update: Update,
    catalogue: Catalogue,
    maxTokens: number | undefined,
    work: Work,
    pace: Pace,
    { onProgress, onChunk }: ReadHooks,
  ): Promise<boolean> {
    const { loaded, disk, code, archive, keeper } = this.parts;
    const { memory } = loaded.sequences;
    const goal = endOf(update.kept) + update.tokensToRead;
    const limit = Math.min(maxTokens ?? Infinity, readableTokens(this.parts.loaded.cache));
    const last = Math.min(goal, limit);
    this.total = goal;
    const reader = new Reader(loaded, disk, code, archive, {
      onChunk: async ({ tokens, milliseconds, recalled }) => {
        pace.add(tokens, milliseconds, recalled);
        const read = memory.position;
        onChunk?.(read, tokens, milliseconds);
        onProgress?.(reading(reader.fileAt(read - 1), read, last, pace));
        if (!this.renewer.running && keeper.due(read, goal))
          await keeper.checkpoint(memory, { ...this.held, segments: reader.segments }, catalogue, work);
      },
    });
    this.reader = reader;
    pace.begin();
    let whole = false;
    try {
      whole = await reader.read({ update, catalogue, target: memory, work, limit });
      return whole;
    } finally {
      this.reader = undefined;
      this.held = { ...this.held, name: catalogue.name, folders: catalogue.folders, segments: reader.segments, complete: whole };
      if (whole) this.total = this.tokensRead;
      keeper.measured(pace);
      this.parts.onChange();
    }
  }

  /**
   * Files may have changed: looks, and reads again what has. Never fails; an error is told to `onError`.
   * @param paths absolute; none: any
   */
  async filesChanged(paths: readonly string[] = []): Promise<void> {
    try {
      if (await this.parts.disk.lookAgain(paths, this.closing.signal)) {
        this.news = true;
        this.parts.onChange();
      }
      this.catchUpSoon();
    } catch (error) {
      this.tell(error);
    }
  }

  /**
   * Before an answer: looks at the disk, and changed files begin to be read.
   * @returns when everything that changed was read; `behind` says at any time what was not
   */
  async settled(): Promise<void> {
    await this.parts.disk.idle();
    if (await this.parts.disk.changed()) await this.filesChanged();
    await this.catchingUp;
  }

  private catchUpSoon(): void {
    if (!this.held.complete || this.closing.signal.aborted || this.renewer.instead) return;
    if (this.behind.length > 0) {
      this.catchingUp ??= this.exclusive(() => this.catchUp())
        .catch((error: unknown) => this.tell(error))
        .finally(() => {
          this.catchingUp = undefined;
          this.parts.onChange();
          // It may have come while the last of it was being saved.
          if (this.news) this.catchUpSoon();
        });
    } else if (journalOf(this.held.segments).tokens > 0) {
      this.renewLater();
    }
  }

  /** Appends what has changed, or begins to build a memory without it. */
  private async catchUp(): Promise<void> {
    const session = this.parts.loaded.scheduler.openSession('reading');
    try {
      for (let round = 0; round < mostRounds; round++) {
        this.news = false;
        await this.parts.disk.lookAtFiles(this.behind, this.closing.signal);
        const { catalogue } = this.parts.disk;
        if (!catalogue || this.behind.length === 0) break;
        const append = newest(this.held, this.tokensRead, catalogue);
        const { update, order } = this.renewal(catalogue);
        if (this.canRenew && update.tokensToRead <= renewAtOnce * append.tokensToRead) {
          this.renew({ update, order, catalogue, instead: true });
          return;
        }
        // A file that cannot be read any more stays behind until the next look at the disk.
        if ((await this.readNewest(append, catalogue, { session, signal: this.closing.signal })) === 0) break;
      }
      await this.save(session);
      this.renewLater();
    } finally {
      session.close();
    }
  }

  /** @returns tokens that were read */
  private async readNewest(update: Update, catalogue: Catalogue, work: Work): Promise<number> {
    if (update.readings.length === 0) return 0;
    const before = this.tokensRead;
    await this.readUpdate(update, catalogue, undefined, work, new Pace(), {});
    return this.tokensRead - before;
  }

  /**
   * Appends at once what is not as it should be. A newer memory that is being built is given up for it.
   * @param again paths of files that are read although nothing changed
   * @returns tokens that were read
   */
  async append(again: readonly string[], stop?: AbortSignal): Promise<number> {
    const signal = AbortSignal.any([this.closing.signal, ...(stop ? [stop] : [])]);
    this.reads++;
    const session = this.parts.loaded.scheduler.openSession('reading');
    try {
      await this.renewer.stop();
      return await this.exclusive(async () => {
        const { disk, keeper } = this.parts;
        const { catalogue } = disk;
        if (!catalogue || !this.held.complete) return 0;
        const tokens = await this.readNewest(newest(this.held, this.tokensRead, catalogue, again), catalogue, { session, signal });
        await (tokens > 0 ? this.save(session) : keeper.describe(this.held, catalogue));
        return tokens;
      });
    } finally {
      session.close();
      this.reads--;
      this.catchUpSoon();
    }
  }

  private renewLater(): void {
    this.renewer.later(quiet, () => {
      this.exclusive(() => this.renewWhenDue()).catch((error: unknown) => this.tell(error));
    });
  }

  /** Its sequence is also where saving makes its probe: only one of them has it, and neither when a reading comes. */
  private get canRenew(): boolean {
    return this.renewer.possible && !this.renewer.running && this.reads === 0 && !this.closing.signal.aborted;
  }

  private renewWhenDue(): void {
    const { catalogue } = this.parts.disk;
    if (!catalogue || !this.held.complete || !this.canRenew) return;
    const { update, order } = this.renewal(catalogue);
    const journal = journalOf(this.held.segments).tokens;
    if (renewalDue(update, { total: this.tokensRead, journal })) this.renew({ update, order, catalogue, instead: false });
  }

  private renewal({ files }: Catalogue): { update: Update; order: string[] } {
    return renewalOf(this.held, { behind: this.behind, points: this.parts.keeper.points, files });
  }

  private renew(request: Omit<RenewalRequest, 'held' | 'limit'>): void {
    const { memory, background } = this.parts.loaded.sequences;
    if (!background) return;
    this.renewer.start({ ...request, held: this.held, limit: readableTokens(this.parts.loaded.cache) }, (renewed, session, takeDraft) =>
      this.exclusive(async () => {
        await session.unit(() => memory.forkFrom(background));
        this.hold(renewed);
        this.total = this.tokensRead;
        await takeDraft();
        await this.save(session, true);
      }).finally(() => this.catchUpSoon()),
    );
  }

  /** How well it recalls, as measured just now. */
  async remember(fidelity: Fidelity): Promise<void> {
    this.held = { ...this.held, fidelity };
    const { catalogue } = this.parts.disk;
    if (catalogue) await this.exclusive(() => this.parts.keeper.describe(this.held, catalogue));
    this.parts.onChange();
  }

  /** Stops what runs in the background and waits for it; what was read is saved. */
  async close(): Promise<void> {
    this.closing.abort(new Cancelled('Bonsai is closing.'));
    await this.renewer.stop();
    await this.exclusive(() => this.parts.keeper.close());
    await this.parts.disk.idle();
  }

  /** @param own whether it is the renewal itself that saves, and has no more use for its sequence */
  private async save(session: Work['session'], own = false): Promise<void> {
    if (this.renewer.running && !own) return;
    const { keeper, disk, loaded } = this.parts;
    const { catalogue } = disk;
    if (catalogue && this.tokensRead > 0) await keeper.checkpoint(loaded.sequences.memory, this.held, catalogue, { session });
  }

  private tell(error: unknown): void {
    if (!(error instanceof Cancelled)) this.parts.onError(error);
  }
}
