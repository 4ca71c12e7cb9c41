/**
 * One independent stream of tokens in the context: the repository memory, the chat or the ghost text. It knows its
 * position, not its tokens; its callers keep them. Work is cut into units that the scheduler orders, and a
 * unit that fails or is stopped leaves the sequence at the position where it began.
 */
import type { CacheType } from '../../protocol';
import { messageOf } from '../../protocol/messageOf';
import { BonsaiError } from '../errors';
import { logProbability, sampleToken, type AddonContext, type AddonSampler } from './addon';
import type { BonsaiNative } from './native';
import { abortReason, type SchedulerSession } from './scheduler';

/** What the sequences of one context share. */
export interface Decoder {
  addon: AddonContext;
  /** Tokens per decode at most. */
  batchSize: number;
  /** Tokens a sequence may hold at most. */
  capacity: number;
  /** Present when the bounded cache runs. */
  bounded?: { native: BonsaiNative; handle: number };
  /** Told after every decode, while no other one can run: which sequence, its new position, and how many tokens were decoded. */
  afterDecode?: (sequence: number, position: number, tokens: number) => void;
}

export interface Work {
  session: SchedulerSession;
  signal?: AbortSignal | undefined;
}

/** Rows that the engine did not take; the sequence is as it was. */
export class RowsRefused extends BonsaiError {
  constructor(cause: unknown) {
    super('engine-failed', `Rows could not be put into the cache: ${messageOf(cause)}.`, { cause });
  }
}

/**
 * Of a prompt's tokens, where the repository's are neutral. Above any weight that lines of a file get; four answered as well, 50 and 1,000
 * no better (docs/results/defaults.md).
 */
const promptWeight = 8;

export class Sequence {
  private at = 0;
  private beginnings = 0;

  constructor(
    private readonly decoder: Decoder,
    readonly id: number,
  ) {}

  /** Tokens read so far, kept or not. */
  get position(): number {
    return this.at;
  }

  /** Changes whenever everything in it is replaced, so that a caller can tell whether what it left here is still there. */
  get generation(): number {
    return this.beginnings;
  }

  /** Tokens that still fit. */
  get room(): number {
    return this.decoder.capacity - this.at;
  }

  /**
   * Reads tokens chunk by chunk.
   * @param onChunk told after each chunk how many tokens it had and how long it took in milliseconds
   * @throws the signal's reason when stopped; BonsaiError `context-full` or `engine-failed`
   */
  async evaluate(tokens: Uint32Array, work: Work, onChunk?: (tokens: number, milliseconds: number) => void): Promise<void> {
    for (let start = 0; start < tokens.length; start += this.decoder.batchSize) {
      const chunk = tokens.subarray(start, start + this.decoder.batchSize);
      const milliseconds = await work.session.unit(async () => {
        const began = performance.now();
        await this.decode(chunk, [], work.signal);
        return performance.now() - began;
      }, work.signal);
      onChunk?.(chunk.length, milliseconds);
    }
  }

  /**
   * Reads `prompt` (at least one token) and yields tokens one after the other. The token just yielded is read when the
   * next one is asked for, so a consumer that stops leaves it out of the sequence. Ends by itself when no room is left.
   */
  async *generate(prompt: Uint32Array, sampler: AddonSampler, work: Work): AsyncGenerator<number, void, undefined> {
    const head = prompt.subarray(0, Math.floor((prompt.length - 1) / this.decoder.batchSize) * this.decoder.batchSize);
    await this.evaluate(head, work);
    let next = prompt.subarray(head.length);
    while (this.room >= next.length) {
      const token = await work.session.unit(async () => {
        const [index] = await this.decode(next, [next.length - 1], work.signal);
        return index === undefined ? undefined : sampleToken(this.decoder.addon, index, sampler);
      }, work.signal);
      if (token === undefined) return;
      yield token;
      next = Uint32Array.of(token);
    }
  }

  /**
   * Reads `tokens` and scores each but the first: the natural logarithm of its probability given what the cache held
   * when its predecessor's chunk was read.
   * @param greedy a sampler of temperature 0
   */
  async logProbabilities(
    tokens: Uint32Array,
    greedy: AddonSampler,
    work: Work,
    onChunk?: (tokens: number, milliseconds: number) => void,
  ): Promise<Float64Array> {
    const scores = new Float64Array(Math.max(0, tokens.length - 1));
    for (let start = 0; start < tokens.length; start += this.decoder.batchSize) {
      const chunk = tokens.subarray(start, start + this.decoder.batchSize);
      const targets = tokens.subarray(start + 1, start + 1 + chunk.length);
      const milliseconds = await work.session.unit(async () => {
        const began = performance.now();
        const indexes = await this.decode(chunk, Array.from(targets.keys()), work.signal);
        for (const [i, target] of targets.entries())
          scores[start + i] = await logProbability(this.decoder.addon, indexes[i] ?? 0, greedy, target);
        return performance.now() - began;
      }, work.signal);
      onChunk?.(chunk.length, milliseconds);
    }
    return scores;
  }

  /** First position from which the tail can be removed without losing what compaction merged. */
  get exactTailStart(): number {
    const bounded = this.decoder.bounded;
    return bounded && this.at > 0 ? bounded.native.exactTailStart(bounded.handle, this.id) : 0;
  }

  /** Removes everything from `position` on. To be called inside a unit. */
  trimTo(position: number): void {
    if (position >= this.at) return;
    if (position === 0) {
      this.clear();
      return;
    }
    if (!this.decoder.addon.removeTokenCellsFromSequence(this.id, position, -1))
      throw new BonsaiError('engine-failed', `The engine could not cut sequence ${this.id} back from ${this.at} to ${position} tokens.`);
    this.at = position;
  }

  /** To be called inside a unit. */
  clear(): void {
    this.decoder.addon.disposeSequence(this.id);
    this.at = 0;
    this.beginnings++;
  }

  /** Becomes an independent copy of `other`; empty when that fails. To be called inside a unit. @throws BonsaiError `engine-failed` */
  async forkFrom(other: Sequence): Promise<void> {
    this.clear();
    if (other.at === 0) return;
    const { bounded, addon } = this.decoder;
    try {
      if (bounded) await bounded.native.fork(bounded.handle, other.id, this.id);
      else await addon.copySequenceStateFromOtherSequence(this.id, other.id);
    } catch (error) {
      this.clear();
      throw new BonsaiError(
        'engine-failed',
        `The engine could not copy the memory: ${messageOf(error)}. Nothing in it is lost; try again.`,
        {
          cause: error,
        },
      );
    }
    this.at = other.at;
  }

  /**
   * Weights for the tokens that will be read next, one each: above 1 they are kept more readily, below 1 less. A pin (1)
   * keeps its token, while pins take at most a quarter of what a layer holds.
   * Nothing on llama.cpp's own cache, which keeps everything.
   */
  hint(weights: Float32Array, pins: Uint8Array): void {
    const { bounded } = this.decoder;
    bounded?.native.hint(bounded.handle, this.id, this.at, weights, pins);
  }

  /**
   * The next `tokens` are a prompt: what is asked now, with the source added to it. They are evicted after what the memory holds, or a
   * small budget would lose a part of its own prompt before the answer begins.
   * @param earlier tokens [from, to) of them are earlier turns, which are as good as the repository's
   */
  hintPrompt(tokens: number, earlier = { from: 0, to: 0 }): void {
    const weights = new Float32Array(tokens).fill(promptWeight).fill(1, Math.max(0, earlier.from), Math.max(0, earlier.to));
    this.hint(weights, new Uint8Array(tokens));
  }

  /**
   * The keys and values of positions [first, first + tokens), which are among those that were read last, as they were computed.
   * To be called inside a unit. @throws BonsaiError `engine-failed` where something was evicted since, or there is no bounded cache
   */
  async takeRows(first: number, tokens: number, type: CacheType): Promise<Uint8Array> {
    const { native, handle } = this.withRows();
    try {
      return await native.takeRows(handle, this.id, first, tokens, type);
    } catch (error) {
      throw new BonsaiError('engine-failed', `Rows could not be taken out of the cache: ${messageOf(error)}.`, { cause: error });
    }
  }

  /**
   * Appends `tokens` of the rows, from their number `from` on, at most a batch of them, without computing anything. To be called
   * inside a unit.
   * @throws RowsRefused with what is wrong with the rows, the sequence is as it was then; BonsaiError `context-full`, or
   * `engine-failed` where what the sequence held was lost
   */
  async putRows(rows: Uint8Array, from: number, tokens: number): Promise<void> {
    const { native, handle } = this.withRows();
    if (tokens > this.room) throw fullFailure(this.decoder.capacity);
    try {
      await native.putRows(handle, this.id, this.at, rows, from, tokens);
    } catch (error) {
      throw this.lost() ? lostFailure(error) : new RowsRefused(error);
    }
    this.at += tokens;
    this.decoder.afterDecode?.(this.id, this.at, tokens);
  }

  private withRows(): NonNullable<Decoder['bounded']> {
    const { bounded } = this.decoder;
    if (!bounded) throw new BonsaiError('engine-failed', "llama.cpp's own cache has no rows to take out.");
    return bounded;
  }

  /** Writes everything the sequence holds to a new file. To be called inside a unit. @throws BonsaiError `storage` */
  async saveTo(path: string): Promise<void> {
    try {
      // The tokens themselves are in the repository; the file would repeat them.
      await this.decoder.addon.saveSequenceStateToFile(path, this.id, new Uint32Array());
    } catch (error) {
      throw new BonsaiError('storage', `The memory could not be written to ${path}: ${messageOf(error)}.`, { cause: error });
    }
  }

  /**
   * Becomes what was saved. To be called inside a unit; afterwards empty when it fails.
   * @param position tokens the saved sequence had
   * @throws BonsaiError `storage` when the file is damaged, of another model or cache, or of another length
   */
  async restoreFrom(path: string, position: number): Promise<void> {
    this.clear();
    try {
      await this.decoder.addon.loadSequenceStateFromFile(path, this.id, 1);
      const { bounded } = this.decoder;
      const tokens = bounded ? bounded.native.stats(bounded.handle, this.id).tokens : position;
      if (tokens !== position) throw new Error(`it holds ${tokens} tokens, not ${position}`);
      this.at = position;
    } catch (error) {
      this.clear();
      // The engine's own words speak of the size of a context, whatever is wrong.
      throw new BonsaiError('storage', `${path} is damaged, or was saved with other settings.`, { cause: error });
    }
  }

  /** Empties the sequence when a failure left it with what cannot be trusted. @returns whether it did */
  private lost(): boolean {
    const { bounded } = this.decoder;
    const lost = bounded !== undefined && bounded.native.stats(bounded.handle, this.id).lost;
    if (lost) this.clear();
    return lost;
  }

  private async decode(tokens: Uint32Array, logits: number[], signal: AbortSignal | undefined): Promise<Uint32Array> {
    if (signal?.aborted) throw abortReason(signal);
    const { addon, bounded, capacity } = this.decoder;
    if (this.at + tokens.length > capacity) throw fullFailure(capacity);
    addon.initBatch(tokens.length);
    const indexes = addon.addToBatch(this.id, this.at, tokens, Uint32Array.from(logits));
    const stop = () => bounded?.native.abort(bounded.handle, true);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      await addon.decodeBatch();
      this.at += tokens.length;
    } catch (error) {
      addon.removeTokenCellsFromSequence(this.id, this.at, -1);
      if (signal?.aborted) throw abortReason(signal);
      throw this.lost() ? lostFailure(error) : decodeFailure(error);
    } finally {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) bounded?.native.abort(bounded.handle, false);
    }
    this.decoder.afterDecode?.(this.id, this.at, tokens.length);
    return indexes;
  }
}

function fullFailure(capacity: number): BonsaiError {
  return new BonsaiError(
    'context-full',
    `The cache holds ${capacity} tokens and is full. Use the policy tree, a larger budget, or read less.`,
  );
}

function lostFailure(error: unknown): BonsaiError {
  return new BonsaiError(
    'engine-failed',
    'The engine ran out of memory while it made room in the cache, and what this cache held is lost. Read it again, with a smaller budget if it happens again.',
    { cause: error },
  );
}

function decodeFailure(error: unknown): BonsaiError {
  const why = messageOf(error);
  if (why.includes('KV slot'))
    return new BonsaiError('context-full', 'The cache is full. Use the policy tree, a larger budget, or read less.', { cause: error });
  return new BonsaiError('engine-failed', `The engine failed while reading tokens: ${why}`, { cause: error });
}
