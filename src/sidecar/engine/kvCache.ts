/**
 * The cache of one context as numbers, whichever engine runs it: the bounded cache reports them itself, llama.cpp's
 * own cache holds everything, so its numbers follow from the model's shape.
 */
import type { LayerState, Policy, Positions } from '../../protocol';
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
  };
}

/** @param tokensOf position of a sequence */
export function stockCache(model: ModelShape, capacity: number, tokensOf: (sequence: number) => number): KvCache {
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
        kvBytes: Math.round(model.kvBytesPerToken * capacity),
        kvBytesFull: Math.round(model.kvBytesPerToken * tokens),
        layers: Array.from({ length: model.layers }, (_, layer) => ({ layer, budget: capacity, kept: tokens })),
      };
    },
    held: (_, starts) => Array.from({ length: model.layers }, () => starts.map(() => 1)),
  };
}
