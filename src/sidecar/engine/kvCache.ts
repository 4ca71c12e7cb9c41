/**
 * The cache of one context as numbers, whichever engine runs it: the bounded cache reports them itself, llama.cpp's
 * own cache holds everything, so its numbers follow from the model's shape.
 */
import type { CacheType, LayerState, Policy, Positions } from '../../protocol';
import type { AttentionLayer } from './attentionLayers';
import { bytesPerValue } from './cacheTypes';
import type { ModelShape } from './modelMetadata';
import type { BonsaiNative, NativeStats } from './native';

export interface KvCache {
  policy: Policy;
  positions: Positions;
  /** Tokens one sequence may hold; for a bounded policy a logical limit. */
  capacity: number;
  /** Bytes an unbounded cache of the same types needs per token, beside its sliding windows. */
  bytesPerToken: number;
  stats(sequence: number): KvStats;
  /** Per layer and bucket the fraction of tokens still held; bucket `i` covers [starts[i], starts[i+1]). */
  held(sequence: number, starts: readonly number[]): number[][];
  /**
   * Gives the layers other budgets, staging included, the total unchanged; absent on llama.cpp's own cache. To be called
   * while nothing is decoded. Throws RangeError on nonsense.
   */
  rebudget?: (budgets: number[]) => void;
  /**
   * From `true` on, gathers what each layer's attention does to the residual stream; `false` ends it. Absent on llama.cpp's
   * own cache. To be called while nothing is decoded.
   * @returns at the end: of the layers with full attention, the mean cosine between before and after; undefined: not seen
   */
  watchLayers?: (on: boolean) => number[] | undefined;
}

export interface KvStats {
  tokens: number;
  ranked: boolean;
  evicted: number;
  /** Allocated for one sequence. */
  kvBytes: number;
  /** What an unbounded cache needs for these tokens, sliding windows included. */
  kvBytesFull: number;
  layers: LayerState[];
  /** Of the layers with full attention, in their order; the others have none. */
  budgets: number[];
}

/** What a cache takes, whatever is read. */
export interface CacheCost extends Pick<KvCache, 'policy' | 'capacity' | 'bytesPerToken'> {
  /** Sequences, each with a bank of its own. */
  banks: number;
  /** Of one bank. */
  kvBytes: number;
  /** Of one bank, what layers with a sliding window take. */
  windowBytes: number;
  /** Of the layers with full attention. */
  budgets: number[];
}

export function costOf(cache: KvCache, banks: number): CacheCost {
  const { policy, capacity, bytesPerToken } = cache;
  const { kvBytes, kvBytesFull, budgets, tokens } = cache.stats(0);
  return { policy, capacity, bytesPerToken, banks, kvBytes, windowBytes: kvBytesFull - bytesPerToken * tokens, budgets };
}

export function boundedCache(
  native: BonsaiNative,
  handle: number,
  options: { policy: Policy; positions: Positions; capacity: number },
): KvCache {
  const shape = (stats: NativeStats): KvStats => ({
    tokens: stats.tokens,
    ranked: stats.ranked,
    evicted: stats.evicted,
    kvBytes: stats.kvBytes,
    kvBytesFull: stats.kvBytesPerToken * stats.tokens + stats.windowBytes,
    layers: stats.layers.map(({ layer, budget, kept, window }) => ({ layer, budget, kept, ...(window ? { window } : {}) })),
    budgets: stats.layers.filter(({ window }) => !window).map(({ budget }) => budget),
  });
  return {
    ...options,
    bytesPerToken: native.stats(handle, 0).kvBytesPerToken,
    stats: (sequence) => shape(native.stats(handle, sequence)),
    held: (sequence, starts) => {
      const flat = native.held(handle, sequence, Int32Array.from(starts));
      const layers = starts.length === 0 ? 0 : flat.length / starts.length;
      return Array.from({ length: layers }, (_, layer) => Array.from(flat.subarray(layer * starts.length, (layer + 1) * starts.length)));
    },
    rebudget: (budgets) => native.rebudget(handle, budgets),
    watchLayers: (on) => {
      const seen = on ? [] : native.measures(handle, 0).map(({ cosine }) => cosine);
      native.measure(handle, on);
      return seen.length > 0 && seen.every(Number.isFinite) ? seen : undefined;
    },
  };
}

/**
 * @param chunk tokens per decode
 * @param tokensOf position of a sequence
 */
export function stockCache(
  { attention }: Pick<ModelShape, 'attention'>,
  { capacity, chunk, keyType, valueType }: { capacity: number; chunk: number; keyType: CacheType; valueType: CacheType },
  tokensOf: (sequence: number) => number,
): KvCache {
  const rowBytes = (layer: AttentionLayer) => layer.keyElements * bytesPerValue(keyType) + layer.valueElements * bytesPerValue(valueType);
  const rows = ({ window }: AttentionLayer) => (window === undefined ? capacity : Math.min(capacity, windowRows(window, chunk)));
  return {
    policy: 'full',
    positions: 'original',
    capacity,
    bytesPerToken: attention.reduce((sum, layer) => sum + (layer.window === undefined ? rowBytes(layer) : 0), 0),
    stats: (sequence) => {
      const tokens = tokensOf(sequence);
      const bytes = (rowsOf: (layer: AttentionLayer) => number) =>
        Math.round(attention.reduce((sum, layer) => sum + rowBytes(layer) * rowsOf(layer), 0));
      return {
        tokens,
        ranked: false,
        evicted: 0,
        kvBytes: bytes(rows),
        kvBytesFull: bytes((layer) => (layer.window === undefined ? tokens : rows(layer))),
        layers: attention.map((layer) => ({
          layer: layer.layer,
          budget: rows(layer),
          kept: Math.min(tokens, layer.window ?? tokens),
          ...(layer.window === undefined ? {} : { window: true }),
        })),
        budgets: attention.filter(({ window }) => window === undefined).map(rows),
      };
    },
    held: (sequence, starts) => {
      const tokens = tokensOf(sequence);
      return attention.map(({ window = tokens }) => starts.map((start, i) => share(start, starts[i + 1] ?? tokens, tokens - window)));
    },
  };
}

/** llama_kv_cache_iswa; node-llama-cpp lets such a model decode one token more. */
function windowRows(window: number, chunk: number): number {
  return Math.ceil((window + chunk + 1) / 256) * 256;
}

/** Of the tokens from `start` to before `end`, those that are not before `first`. */
function share(start: number, end: number, first: number): number {
  return end <= start ? 0 : Math.min(1, Math.max(0, (end - Math.max(start, first)) / (end - start)));
}
