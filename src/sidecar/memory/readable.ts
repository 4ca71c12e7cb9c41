/** How much of a cache a repository may take: a cache that evicts has no end, another one must leave room to answer. */
import type { KvCache } from '../engine/kvCache';

/** Share of a cache that cannot evict, left free for questions and ghost text; at most `largestReserve` tokens. */
const reserveShare = 0.45;
const largestReserve = 4096;

/** Tokens of a repository that fit while questions still do. */
export function readableTokens({ capacity, policy }: Pick<KvCache, 'capacity' | 'policy'>): number {
  return policy === 'full' ? capacity - Math.min(largestReserve, Math.floor(capacity * reserveShare)) : capacity - largestReserve;
}

export function fullNotice(read: number, total: number): string {
  return `The cache is full after ${read} of ${total} tokens. Use the policy hybrid, or a larger budget.`;
}
