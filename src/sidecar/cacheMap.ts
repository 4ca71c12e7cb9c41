/** Which parts of the repository each layer still holds, in as many buckets as the picture is wide. */
import type { CacheMap, CacheMapParams } from '../protocol';
import type { LoadedModel } from './engine/loadedModel';
import type { RepositoryMemory } from './memory/repositoryMemory';

export function cacheMap(loaded: LoadedModel, memory: RepositoryMemory, { buckets }: CacheMapParams): CacheMap {
  const { cache, sequences } = loaded;
  const stats = memory.stats;
  const count = Math.min(buckets, stats.tokens);
  const starts = Array.from({ length: count }, (_, i) => Math.floor((i * stats.tokens) / count));
  const held = count > 0 ? cache.held(sequences.memory.id, starts) : [];
  return {
    tokens: stats.tokens,
    policy: cache.policy,
    positions: cache.positions,
    ranked: stats.ranked,
    kvBytes: stats.kvBytes,
    kvBytesFull: stats.kvBytesFull,
    evicted: stats.evicted,
    starts,
    layers: stats.layers.map((layer, i) => ({ ...layer, held: held[i] ?? [] })),
    files: memory.files,
  };
}
