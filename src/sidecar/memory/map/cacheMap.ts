/** Which parts of the repository each layer still holds: in as many buckets as the picture is wide, and file by file. */
import type { CacheMap, CacheMapParams, LayerSharing, LayersSharing, LayerState } from '../../../protocol';
import type { LayerShares } from '../../engine/layerShares';
import type { LoadedModel } from '../../engine/loadedModel';
import type { Memory } from '../createMemory';
import { spanShares, type TokenSpan } from './spanShares';

type MapMemory = Pick<Memory, 'repository' | 'overrides' | 'symbols' | 'rows'>;

export async function cacheMap(
  { cache, shares, sequences }: Pick<LoadedModel, 'cache' | 'shares' | 'sequences'>,
  { repository, overrides, symbols, rows }: MapMemory,
  { buckets, layer, file }: CacheMapParams,
  recalled?: ReadonlyMap<string, number>,
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
  const heldOf = (spans: readonly TokenSpan[]) => spanShares((sequence, edges) => cache.held(sequence, edges), id, spans, chosen);
  const fileShares = heldOf(files);
  const pinned = new Set(overrides.pinned);
  const archived = new Set(repository.heldEntries.filter((entry) => rows.has(entry)).map(({ path }) => path));
  const symbolShares = inFile ? heldOf(inFile) : [];
  return {
    tokens: stats.tokens,
    policy: cache.policy,
    sharing: sharingOf(shares, stats.tokens),
    positions: cache.positions,
    ranked: stats.ranked,
    kvBytes: stats.kvBytes,
    kvBytesFull: stats.kvBytesFull,
    evicted: stats.evicted,
    starts,
    layers: withReasons(stats.layers, shares).map((state, i) => ({ ...state, held: (held[i] ?? []).map(threeDigits) })),
    files: files.map(({ path, start, end, replaced }, i) => ({
      ...{ path, start, end, replaced, held: fileShares[i] ?? 0 },
      ...(pinned.has(path) && !replaced ? { pinned: true as const } : {}),
      ...(archived.has(path) && !replaced ? { archived: true as const } : {}),
      ...(!replaced && recalled?.has(path) ? { recalled: recalled.get(path) } : {}),
    })),
    dropped: [...overrides.dropped],
    ...(file !== undefined && inFile
      ? { symbols: { path: file, symbols: inFile.map((symbol, i) => ({ ...symbol, held: symbolShares[i] ?? 0 })) } }
      : {}),
  };
}

/** @param tokens that the memory holds */
function sharingOf(shares: LayerShares | undefined, tokens: number): LayersSharing {
  if (!shares) return { choice: 'uniform', allocator: 'uniform' };
  const { current, plan } = shares;
  const next = shares.betterFor(tokens);
  return {
    choice: plan.allocator,
    ...nameOf(current),
    ...(next ? { next: nameOf(next) } : {}),
  };
}

const nameOf = ({ allocator, p, ratio }: LayerSharing) => ({
  allocator,
  ...(p === undefined ? {} : { p }),
  ...(ratio === undefined ? {} : { ratio }),
});

/** Why each layer got what it got; sliding windows have no part in it. */
function withReasons(layers: readonly LayerState[], shares: LayerShares | undefined): Omit<CacheMap['layers'][number], 'held'>[] {
  const { cosines, lost } = shares?.current ?? {};
  const groups = shares?.groups;
  let nth = -1;
  return layers.map((layer) => {
    if (layer.window) return layer;
    nth++;
    const [cosine, group, nats] = [groups && cosines?.[nth], groups?.[nth], lost?.[nth]];
    return {
      ...layer,
      ...(cosine === undefined ? {} : { cosine: threeDigits(cosine) }),
      ...(group === undefined ? {} : { group }),
      ...(nats === undefined || nats === null ? {} : { lost: nats }),
    };
  });
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
