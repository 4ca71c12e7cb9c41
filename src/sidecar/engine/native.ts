/**
 * The typed face of the bounded cache: `bonsai` among the exports of our addon (native/addon/exports.cpp). A context gets one by
 * the options it is created with; what is read and changed while it works is asked for by its handle.
 */
import type { CacheType, Policy, Positions, Score } from '../../protocol';

export interface NativeOptions {
  policy: Policy;
  positions: Positions;
  /**
   * KV entries per layer and KV head, staging included: one number, or one per layer with full attention.
   * For `full` it is the capacity: a decode beyond it fails instead of evicting.
   */
  budgets: number[];
  /** Tokens appended before one compaction; a multiple of 32, at least the batch size. */
  staging: number;
  /** First tokens of a sequence, never evicted. */
  sinks: number;
  /** Share (0..1) of the resident entries kept for the newest tokens under `tree`; the rest is the tree. */
  recentShare: number;
  /** Neighbouring tokens (1..32) that stay or leave together under `tree` and `hybrid`. */
  block: number;
  /** Whether KV heads start their tree at different places. Default true. */
  stagger?: boolean;
  /** Share (0..1) of the entries between sinks and recent window that `hybrid` keeps for the novelty of their keys. */
  outlierShare?: number;
  /** What decides a pair under `tree` and `hybrid`; other policies bring their own. Default `none`. */
  score?: Score;
  /** How the query heads of one KV head are put together where attention is the score. Default `mean`. */
  gqa?: 'mean' | 'max';
  /** Queries of a chunk (1..64) whose attention is sampled where a score needs it. Default 8. */
  samples?: number;
  /** Sampled queries that must have seen an entry before its score counts. Default 1. */
  minSeen?: number;
  /** Merge the loser of a pair into its winner instead of dropping it, under the trees and `hybrid`. Default false. */
  merge?: boolean;
}

/** What was measured about one layer with full attention since `measure` was switched on. */
export interface LayerMeasure {
  layer: number;
  /** Mean cosine between the residual stream before attention and after it was added back; NaN: not measured. */
  cosine: number;
  /** Tokens behind `cosine`. */
  tokens: number;
  /** Mean weight every token received from sampled queries, in time order, summing to 1; empty: not measured. */
  attention: Float32Array;
}

/** A budget allocator's input; see native/src/allocator/allocator.h. */
export interface AllocateRequest {
  allocator: string;
  /** Entries a layer keeps on average; the total is conserved exactly. */
  mean: number;
  floor?: number;
  cap?: number;
  step?: number;
  p?: number;
  beta?: number;
  sinks?: number;
  recent?: number;
  lazy?: number;
  layers: { cosine?: number; attention?: Float32Array }[];
}

export interface NativeStats {
  /** Logical tokens in the sequence: what has been read, kept or not. */
  tokens: number;
  /** Whether keys are rotated by rank in the cache instead of original position. */
  ranked: boolean;
  /** Entries dropped so far, summed over layers and KV heads. */
  evicted: number;
  compactions: number;
  /**
   * A failure (no memory, the device) came in the middle of a change, so what it held is not to be trusted: it takes no
   * token and is not saved until it is cleared.
   */
  lost: boolean;
  /** Bytes of K and V allocated for one sequence; constant. */
  kvBytes: number;
  /** Of these, what layers with a sliding window take, in any cache of the model. */
  windowBytes: number;
  /** Bytes of K and V that an unbounded cache of the same types needs per token, beside its windows. */
  kvBytesPerToken: number;
  /** Layers that cache keys and values. Those with a sliding window have rows of their own, which are no budget. */
  layers: { layer: number; budget: number; kept: number; kvHeads: number; window: boolean }[];
}

export interface BonsaiNative {
  version(): string;
  /** Throws RangeError or TypeError for options that make no sense, as creating a context with them does. */
  check(options: NativeOptions): void;
  /** Throws RangeError for an unknown handle or sequence. Safe while a decode runs: it reads the last published state. */
  stats(handle: number, sequence: number): NativeStats;
  /**
   * Per layer and bucket the fraction of tokens still held, averaged over KV heads: row-major [layers, buckets].
   * Bucket `i` covers tokens [starts[i], starts[i+1]), the last one ends at the sequence's end.
   */
  held(handle: number, sequence: number, starts: Int32Array): Float32Array;
  /**
   * Makes sequence `to` an independent copy of `from`, on a thread of its own: nothing else may use the context until the
   * promise resolves. Throws RangeError for an unknown handle or sequence. Rejects with Error where no memory is left; `to`
   * holds what it held, or says that it is lost.
   */
  fork(handle: number, from: number, to: number): Promise<void>;
  /**
   * The keys and values of positions [first, first + tokens), as bytes; the sequence stays as it is. On a thread of its own, as
   * `fork`. Rejects with Error where the tokens are no longer as they were read: rows are taken before anything is evicted.
   * @param type precision of the bytes
   */
  takeRows(handle: number, sequence: number, first: number, tokens: number, type: CacheType): Promise<Uint8Array>;
  /**
   * Appends `tokens` of such rows, from their number `from` on, as the positions from `first` on, computing nothing: they are
   * rotated to their new place, and from then on tokens like any others. At most `staging` at a time. On a thread of its own,
   * as `fork`. Rejects with Error saying what is wrong with the rows, or that the device failed; the sequence is as it was then,
   * or says that it is lost.
   */
  putRows(handle: number, sequence: number, first: number, rows: Uint8Array, from: number, tokens: number): Promise<void>;
  /** First position from which the tail can be removed exactly (nothing after it has been compacted). */
  exactTailStart(handle: number, sequence: number): number;
  /** From now on (or no longer) cosines and attention of the layers are gathered; switching on starts from nothing. */
  measure(handle: number, on: boolean): void;
  /** One per layer with full attention, in their order. Waits for a running decode. Throws RangeError for an unknown handle or sequence. */
  measures(handle: number, sequence: number): LayerMeasure[];
  /**
   * From now on (or no longer) the largest weight that any query of the sequence gives each entry is gathered, in every layer and
   * KV head; switching on starts from nothing. Must not run while the context decodes. Throws RangeError for an unknown handle or
   * sequence, or without room.
   */
  watchPeaks(handle: number, sequence: number, on: boolean): void;
  /**
   * Of the tokens [first, first + tokens), for every layer with full attention in their order: row-major [kvHeads, tokens], 0 to 1.
   * Waits for a running decode. Throws RangeError where they are not watched, or after a compaction.
   */
  peaks(handle: number, sequence: number, first: number, tokens: number): Float32Array[];
  /**
   * Gives the layers new budgets (entries, staging included), keeping what every sequence holds as far as it fits.
   * Must not run while the context decodes. Throws RangeError on nonsense, or with the reason when the device has no room;
   * a sequence that could not be brought along says that it is lost.
   */
  rebudget(handle: number, budgets: number[]): void;
  /**
   * Hints for tokens that will be appended at positions `first`, `first + 1`, ...: a weight (> 0, 1 is neutral) multiplies
   * their score and novelty; a pin (1) keeps them as long as pins take at most a quarter of a layer's entries. A fork has
   * none of them, and those of a tail that is removed are gone.
   */
  hint(handle: number, sequence: number, first: number, weights: Float32Array, pins?: Uint8Array): void;
  /** Budgets per layer, conserving the total; throws RangeError with what is wrong. Needs no engine. */
  allocate(request: AllocateRequest): number[];
  /** The best partition into at most `k` classes (least squares): the class of every value, 0 the lowest. Needs no engine. */
  cluster(values: number[], k: number): number[];
  policies(): string[];
  scores(): string[];
  allocators(): string[];
  /** Makes the running decode of this cache's context stop at the next graph node (`true`), or lets it run (`false`). */
  abort(handle: number, stop: boolean): void;
}

const functions = [
  ...['version', 'check', 'stats', 'held', 'fork', 'takeRows', 'putRows', 'exactTailStart', 'measure', 'measures', 'rebudget', 'hint'],
  ...['watchPeaks', 'peaks', 'allocate', 'cluster', 'policies', 'scores', 'allocators', 'abort'],
];

export function isBonsaiNative(value: unknown): value is BonsaiNative {
  return typeof value === 'object' && value !== null && functions.every((name) => typeof Reflect.get(value, name) === 'function');
}
