/**
 * The typed face of `bonsai.node`, the N-API addon that configures the bounded cache of the rebuilt libllama and reads
 * it while it works. It is loaded only when the process was started with Bonsai's libllama in front (see
 * protocol/launch.ts); without it the stock engine runs and everything here is absent.
 */
import type { Policy, Positions } from '../../protocol';

export interface NativeOptions {
  policy: Policy;
  positions: Positions;
  /**
   * KV entries per layer and KV head, staging included: one number for all layers or one per attention layer.
   * For `full` it is the capacity: a decode beyond it fails instead of evicting.
   */
  budgets: number[];
  /** Tokens appended before one compaction; a multiple of 32, at least the batch size. */
  staging: number;
  /** First tokens of a sequence, never evicted. */
  sinks: number;
  /** Share (0..1) of the resident entries kept for the newest tokens under `tree`; the rest is the tree. */
  recentShare: number;
  /** Neighbouring tokens (1..32) that stay or leave together under `tree`. */
  block: number;
}

export interface NativeStats {
  /** Logical tokens in the sequence: what has been read, kept or not. */
  tokens: number;
  /** Whether keys are rotated by rank in the cache instead of original position. */
  ranked: boolean;
  /** Entries dropped so far, summed over layers and KV heads. */
  evicted: number;
  compactions: number;
  /** Bytes of K and V allocated for one sequence; constant. */
  kvBytes: number;
  /** Bytes of K and V that an unbounded cache of the same types needs per token. */
  kvBytesPerToken: number;
  layers: { layer: number; budget: number; kept: number; kvHeads: number }[];
}

export interface BonsaiNative {
  version(): string;
  /** Configures every context created from now on; `null` gives llama.cpp's own cache. Throws RangeError on nonsense. */
  configure(options: NativeOptions | null): void;
  /** Handle of the cache of the newest context, or 0 when that context runs llama.cpp's own cache. */
  lastMemory(): number;
  /** Why the newest context could not have a bounded cache (unsupported model family), or ''. */
  lastNotice(): string;
  /** Throws RangeError for an unknown handle or sequence. Safe while a decode runs: it reads the last published state. */
  stats(handle: number, sequence: number): NativeStats;
  /**
   * Per layer and bucket the fraction of tokens still held, averaged over KV heads: row-major [layers, buckets].
   * Bucket `i` covers tokens [starts[i], starts[i+1]), the last one ends at the sequence's end.
   */
  held(handle: number, sequence: number, starts: Int32Array): Float32Array;
  /** Makes sequence `to` an independent copy of `from`. Must not run while the context decodes. */
  fork(handle: number, from: number, to: number): void;
  /** First position from which the tail can be removed exactly (nothing after it has been compacted). */
  exactTailStart(handle: number, sequence: number): number;
  /** Makes the running decode of this cache's context stop at the next graph node (`true`), or lets it run (`false`). */
  abort(handle: number, stop: boolean): void;
}
