/**
 * Reads a repository once into the memory sequence, chunk by chunk. What has been read can be used at any time: a
 * reading that was stopped leaves its part in place. Reading again starts over.
 */
import type { ReadProgress, ReadRepositoryParams, ReadSummary, SkippedFile } from '../protocol';
import type { KvStats } from './engine/kvCache';
import type { LoadedModel } from './engine/loadedModel';
import { abortReason } from './engine/scheduler';
import type { FidelitySource } from './recall/fidelity';
import type { SourceFile } from './recall/needles';
import { RecallFiles } from './recall/recallFiles';
import type { RecallIndex } from './recall/types';
import { repositoryText, type RepositoryText } from './repositoryText';

/** Share of a cache that cannot evict, left free for questions and ghost text; at most `largestReserve` tokens. */
const reserveShare = 0.45;
const largestReserve = 4096;
/** Weight of the newest chunk in the rate that the time left is computed from. */
const smoothing = 0.1;

export interface ReadHooks {
  signal?: AbortSignal | undefined;
  onProgress?: (progress: ReadProgress) => unknown;
  /** After every chunk: tokens read, and the chunk's time in milliseconds. */
  onChunk?: (tokensRead: number, chunkTokens: number, milliseconds: number) => void;
}

export class RepositoryMemory implements FidelitySource {
  private text: RepositoryText | undefined;
  private finished = false;
  private full = false;
  private versionNumber = 0;
  private readonly recall = new RecallFiles();

  constructor(private readonly loaded: LoadedModel) {}

  /** Changes whenever what a fork of the memory would hold changes. */
  get version(): string {
    return `${this.versionNumber}:${this.loaded.sequences.memory.position}`;
  }

  get name(): string | undefined {
    return this.text?.name;
  }

  get complete(): boolean {
    return this.finished;
  }

  /** Set when the cache cannot evict and the repository is larger than it: what to do about it. */
  get notice(): string | undefined {
    return this.full
      ? `The cache is full after ${this.tokensRead} of ${this.tokensTotal} tokens. Use the policy tree, or a larger budget.`
      : undefined;
  }

  get tokensRead(): number {
    return this.loaded.sequences.memory.position;
  }

  get tokensTotal(): number {
    return this.text?.tokens.length ?? 0;
  }

  get skipped(): readonly SkippedFile[] {
    return this.text?.skipped ?? [];
  }

  /** The files read so far; the last one may be cut. */
  get files(): RepositoryText['files'] {
    const read = this.tokensRead;
    const begun = (this.text?.files ?? []).filter((file) => file.start < read);
    return begun.map((file) => ({ ...file, end: Math.min(file.end, read) }));
  }

  get index(): RecallIndex | undefined {
    return this.recall.index;
  }

  sourceFiles(): Promise<readonly SourceFile[]> {
    const whole = this.files.length - (this.finished ? 0 : 1);
    return Promise.resolve((this.text?.sources ?? []).slice(0, Math.max(0, whole)));
  }

  /** To be called when nothing uses the memory any more. */
  close(): void {
    this.recall.close();
  }

  get stats(): KvStats {
    return this.loaded.cache.stats(this.loaded.sequences.memory.id);
  }

  /** @throws BonsaiError `folder-missing`, `nothing-to-read`, `engine-failed`; stopping is no error but in the summary */
  async read(params: ReadRepositoryParams, hooks: ReadHooks = {}): Promise<ReadSummary> {
    const { signal, onProgress } = hooks;
    const began = performance.now();
    let text: RepositoryText;
    try {
      text = await repositoryText(this.loaded, {
        folders: params.folders,
        name: params.name,
        signal,
        onFile: (file, tokensTotal) =>
          onProgress?.({ phase: 'listing', file, tokensRead: 0, tokensTotal, tokensPerSecond: 0, secondsLeft: null }),
      });
    } catch (error) {
      // Nothing has been touched yet: what was read before stays.
      if (signal?.aborted && error === abortReason(signal)) return this.summary('cancelled', began, 0, 0);
      throw error;
    }
    await this.recall.replace(text.sources);
    return this.readText(text, params.maxTokens, began, hooks);
  }

  private async readText(text: RepositoryText, maxTokens: number | undefined, began: number, hooks: ReadHooks): Promise<ReadSummary> {
    const { signal, onProgress, onChunk } = hooks;
    const { scheduler, sequences } = this.loaded;
    const limit = Math.min(text.tokens.length, maxTokens ?? Infinity, this.readable());
    const session = scheduler.openSession('reading');
    let busyMs = 0;
    let rate = 0;
    let fileIndex = 0;
    try {
      await session.unit(() => {
        sequences.memory.clear();
        this.text = text;
        this.finished = false;
        this.full = false;
        this.versionNumber++;
      }, signal);
      await sequences.memory.evaluate(text.tokens.subarray(0, limit), { session, signal }, (tokens, milliseconds) => {
        busyMs += milliseconds;
        const now = (1000 * tokens) / milliseconds;
        rate = rate === 0 ? now : rate + smoothing * (now - rate);
        const read = this.tokensRead;
        while ((text.files[fileIndex]?.end ?? Infinity) < read) fileIndex++;
        const file = text.files[fileIndex]?.path;
        onChunk?.(read, tokens, milliseconds);
        onProgress?.({
          phase: 'reading',
          ...(file === undefined ? {} : { file }),
          tokensRead: read,
          tokensTotal: limit,
          tokensPerSecond: rate,
          secondsLeft: rate > 0 ? (limit - read) / rate : null,
        });
      });
    } catch (error) {
      if (!signal?.aborted) throw error;
      return this.summary('cancelled', began, this.tokensRead, busyMs);
    } finally {
      session.close();
    }
    this.finished = limit === text.tokens.length;
    this.full = !this.finished && limit !== maxTokens;
    return this.summary(this.finished ? undefined : 'maxTokens', began, limit, busyMs);
  }

  /** Tokens of a repository that fit while questions still do. */
  private readable(): number {
    const { capacity, policy } = this.loaded.cache;
    return policy === 'full' ? capacity - Math.min(largestReserve, Math.floor(capacity * reserveShare)) : capacity - largestReserve;
  }

  private summary(stopped: ReadSummary['stopped'], began: number, tokensNow: number, busyMs: number): ReadSummary {
    const stats = this.stats;
    return {
      name: this.name ?? '',
      files: this.files.length,
      skipped: [...this.skipped],
      tokens: this.tokensRead,
      kvBytes: stats.kvBytes,
      kvBytesFull: stats.kvBytesFull,
      layers: stats.layers,
      tokensPerSecond: busyMs > 0 ? (1000 * tokensNow) / busyMs : 0,
      seconds: (performance.now() - began) / 1000,
      restoredTokens: 0,
      notes: [],
      ...(stopped ? { stopped } : {}),
    };
  }
}
