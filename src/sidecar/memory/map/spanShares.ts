/** Which share of any spans of the sequence a cache holds: counted by the engine between the spans' own ends, so exact. */
import type { KvCache } from '../../engine/kvCache';

export interface TokenSpan {
  /** Tokens of the sequence, the end exclusive. */
  start: number;
  end: number;
}

/**
 * @param layers places in the rows of `held`; the share is their mean
 * @returns one per span, in [0, 1], rounded to four digits; 0 for an empty span
 */
export function spanShares(held: KvCache['held'], sequence: number, spans: readonly TokenSpan[], layers: readonly number[]): number[] {
  const edges = [...new Set(spans.flatMap(({ start, end }) => [start, end]))].toSorted((a, b) => a - b);
  if (edges.length === 0 || layers.length === 0) return spans.map(() => 0);
  const rows = held(sequence, edges);
  const before = new Map<number, number>();
  let sum = 0;
  for (const [i, edge] of edges.entries()) {
    before.set(edge, sum);
    const share = layers.reduce((total, layer) => total + (rows[layer]?.[i] ?? 0), 0) / layers.length;
    sum += share * ((edges[i + 1] ?? edge) - edge);
  }
  return spans.map(({ start, end }) => (end > start ? rounded(((before.get(end) ?? 0) - (before.get(start) ?? 0)) / (end - start)) : 0));
}

function rounded(share: number): number {
  return Math.min(1, Math.max(0, Number(share.toPrecision(4))));
}
