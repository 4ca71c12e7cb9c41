/** The precisions keys and values are cached in: what they cost, and what node-llama-cpp calls them. */
import type { CacheType } from '../../protocol';

/** Bits per value, the scales of its ggml block included (ggml-common.h). */
const bits = { f16: 16, q8_0: 8.5, q5_1: 6, q4_0: 4.5 } satisfies Record<CacheType, number>;
const ggmlNames = { f16: 'F16', q8_0: 'Q8_0', q5_1: 'Q5_1', q4_0: 'Q4_0' } as const satisfies Record<CacheType, string>;

export function bytesPerValue(type: CacheType): number {
  return bits[type] / 8;
}

export function ggmlName(type: CacheType): (typeof ggmlNames)[CacheType] {
  return ggmlNames[type];
}
