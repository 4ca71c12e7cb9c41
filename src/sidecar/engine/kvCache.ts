/**
 * The cache of one context as numbers, whichever engine runs it: the bounded cache reports them itself, llama.cpp's
 * own cache holds everything, so its numbers follow from the model's shape.
 */
import type { CacheType, LayerState, Policy, Positions } from '../../protocol';
import { bytesPerValue } from './cacheTypes';
import type { ModelShape } from './modelMetadata';
import type { BonsaiNative, NativeStats } from './native';

export interface KvCache {
  policy: Policy;
  positions: Positions;
  /** Tokens one sequence may hold; for a bounded policy a logical limit. */
  capacity: number;
  stats(sequence: number): KvStats;
  /** Per layer and bucket the fraction of tokens still held; bucket `i` covers [starts[i], starts[i+1]). */
  held(sequence: number, starts: readonly number[]): number[][];
  /**
   * Gives the layers other budgets, staging included, the total unchanged; absent on llama.cpp's own cache. To be called
   * while nothing is decoded. Throws RangeError on nonsense.
   */
  rebudget?: (budgets: number[]) => void;
}

export interface KvStats {
  tokens: number;
  ranked: boolean;
  evicted: number;
  /** Allocated for one sequence. */
  kvBytes: number;
  /** What an unbounded cache needs for these tokens. */
  kvBytesFull: number;
  layers: LayerState[];
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
    kvBytesFull: Math.round(stats.kvBytesPerToken * stats.tokens),
    layers: stats.layers.map(({ layer, budget, kept }) => ({ layer, budget, kept })),
  });
  return {
    ...options,
    stats: (sequence) => shape(native.stats(handle, sequence)),
    held: (sequence, starts) => {
      const flat = native.held(handle, sequence, Int32Array.from(starts));
      const layers = starts.length === 0 ? 0 : flat.length / starts.length;
      return Array.from({ length: layers }, (_, layer) => Array.from(flat.subarray(layer * starts.length, (layer + 1) * starts.length)));
    },
    rebudget: (budgets) => native.rebudget(handle, budgets),
  };
}

/** @param tokensOf position of a sequence */
export function stockCache(
  model: Pick<ModelShape, 'layers' | 'keyElements' | 'valueElements'>,
  { capacity, keyType, valueType }: { capacity: number; keyType: CacheType; valueType: CacheType },
  tokensOf: (sequence: number) => number,
): KvCache {
  const bytesPerToken = model.keyElements * bytesPerValue(keyType) + model.valueElements * bytesPerValue(valueType);
  return {
    policy: 'full',
    positions: 'original',
    capacity,
    stats: (sequence) => {
      const tokens = tokensOf(sequence);
      return {
        tokens,
        ranked: false,
        evicted: 0,
        kvBytes: Math.round(bytesPerToken * capacity),
        kvBytesFull: Math.round(bytesPerToken * tokens),
        layers: Array.from({ length: model.layers }, (_, layer) => ({ layer, budget: capacity, kept: tokens })),
      };
    },
    held: (_, starts) => Array.from({ length: model.layers }, () => starts.map(() => 1)),
  };
}
