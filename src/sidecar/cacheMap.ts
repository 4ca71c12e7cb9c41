/** Which parts of the repository each layer still holds: in as many buckets as the picture is wide, and file by file. */
import type { CacheMap, CacheMapParams, LayerState } from '../protocol';
import type { LoadedModel } from './engine/loadedModel';
import type { Memory } from './memory/createMemory';
import { spanShares, type Span } from './spanShares';

type MapMemory = Pick<Memory, 'repository' | 'wishes' | 'symbols'>;

export async function cacheMap(
  { cache, settings, sequences }: Pick<LoadedModel, 'cache' | 'settings' | 'sequences'>,
  { repository, wishes, symbols }: MapMemory,
  { buckets, layer, file }: CacheMapParams,
): Promise<CacheMap> {
  const inFile = file === undefined ? undefined : await symbols.of(file);
  // From here on nothing is waited for: all numbers are of one moment, as nearly as a running engine allows.
  const stats = repository.stats;
  const { files } = repository;
  const { id } = sequences.memory;
  const count = Math.min(buckets, stats.tokens);
  const starts = Array.from({ length: count }, (_, i) => Math.floor((i * stats.tokens) / count));
  const held = count > 0 ? cache.held(id, starts) : [];
  const chosen = chosenLayers(stats.layers, layer);
  const shares = (spans: readonly Span[]) => spanShares((sequence, edges) => cache.held(sequence, edges), id, spans, chosen);
  const fileShares = shares(files);
  const pinned = new Set(wishes.pinned);
  const symbolShares = inFile ? shares(inFile) : [];
  return {
    tokens: stats.tokens,
    policy: cache.policy,
    allocator: settings.allocator,
    positions: cache.positions,
    ranked: stats.ranked,
    kvBytes: stats.kvBytes,
    kvBytesFull: stats.kvBytesFull,
    evicted: stats.evicted,
    starts,
    layers: stats.layers.map((state, i) => ({ ...state, held: (held[i] ?? []).map(threeDigits) })),
    files: files.map(({ path, start, end, replaced }, i) => ({
      ...{ path, start, end, replaced, held: fileShares[i] ?? 0 },
      ...(pinned.has(path) && !replaced ? { pinned: true as const } : {}),
    })),
    dropped: [...wishes.dropped],
    ...(file !== undefined && inFile
      ? { symbols: { path: file, symbols: inFile.map((symbol, i) => ({ ...symbol, held: symbolShares[i] ?? 0 })) } }
      : {}),
  };
}

/** Places of the layers that count: the one that was asked for, else (or when the model has no such layer) all with full attention, else all. */
function chosenLayers(layers: readonly LayerState[], asked: number | undefined): number[] {
  const places = [...layers.keys()];
  const one = places.filter((i) => layers[i]?.layer === asked);
  if (one.length > 0) return one;
  const full = places.filter((i) => !layers[i]?.window);
  return full.length > 0 ? full : places;
}

const threeDigits = (share: number) => Number(share.toPrecision(3));
