/**
 * Creates the context with the cache that was asked for. A context with a logical window of a million tokens would be
 * fatal on llama.cpp's own cache, so whether a model family can have the bounded one is tried on a small context first.
 */
import { exactCount, shortBytes } from '../../protocol/numbers';
import { BonsaiError } from '../errors';
import { cardsOf, mainMemory, usualThreads } from './hardware';
import { boundedOf, createContext, type AddonContext } from './addon';
import { LayerMeasuring, type AllocationPlan } from './allocation';
import { checkCount, granularity, smallestBudget } from './budget';
import {
  askedBudgets,
  boundedCapacity,
  boundedSequences,
  checked,
  meanOf,
  nativeOptions,
  noRoom,
  resolveSettings,
  rowsCost,
  sequenceNames,
  startOf,
  stockSettings,
  stockCapacity,
  unbounded,
  type CacheRequest,
  type CacheSettings,
} from './cachePlan';
import { ggmlName } from './cacheTypes';
import { boundedCache, stockCache, type KvCache } from './kvCache';
import { LayerShares } from './layerShares';
import { loadLibrary, log } from './llama';
import type { NativeOptions } from './native';
import { Sequence, type Decoder } from './sequence';

export interface CreatedCache {
  context: AddonContext;
  cache: KvCache;
  settings: CacheSettings;
  sequences: { memory: Sequence; chat: Sequence; ghost: Sequence; background?: Sequence };
  /** Absent on llama.cpp's own cache. */
  shares?: LayerShares;
  /** Whether the bounded cache runs. */
  bounded: boolean;
  /** What is not as it was asked for, in a sentence. */
  notice?: string;
}

/** @throws BonsaiError `bad-request`, `out-of-memory` or `engine-failed` */
export async function createCache(request: CacheRequest): Promise<CreatedCache> {
  const native = boundedOf(request.llama);
  let settings = resolveSettings(request.options, request.tuning);
  if (!native) return createStock(request, settings);
  const asked = askedBudgets(request, settings);
  const { plan } = asked;
  const smallest = checked(native, nativeOptions(plan, settings.positions, [smallestBudget(plan.staging)]));
  const small = await trySmall(request, settings, smallest, (handle) => native.stats(handle, 0).layers);
  if ('against' in small) return { ...(await createStock(request, settings)), notice: unbounded(small.against) };
  checkCount(asked.budgets, small.layers);
  await checkRoom(request, settings, asked.budgets);
  const { start, sharing, notice, ...begun } = startOf(native, request, { settings, asked, layers: small.layers });
  ({ settings } = begun);
  const bonsai = checked(native, nativeOptions(plan, settings.positions, sharing.budgets));
  const capacity = boundedCapacity(settings, sharing.budgets);
  const context = await create(request, settings, { tokens: capacity, sequences: request.sequences ?? boundedSequences, bonsai });
  const { handle, notice: against } = context.bonsai ?? { handle: 0, notice: '' };
  if (handle === 0) {
    await context.dispose();
    throw new BonsaiError('engine-failed', `The bounded cache could not be created: ${against || 'no reason given'}.`);
  }
  const decoder: Decoder = { addon: context, batchSize: request.chunk, capacity, bounded: { native, handle } };
  const cache = boundedCache(native, handle, { policy: settings.policy, positions: settings.positions, capacity });
  const shares = new LayerShares({
    ...{ native, layers: small.layers, memory: request.memory, asked: asked.budgets, start: sharing },
    plan: { ...plan, allocator: settings.allocator },
    rebudget: (given) => native.rebudget(handle, given),
  });
  if (start.measure) {
    const measuring = new LayerMeasuring({
      ...{ native, handle, plan, memory: request.memory },
      log: (text) => log(text, 'error'),
      asStarted: () => shares.current === sharing,
      onSharing: (found) => shares.became(found),
    });
    shares.watchedBy(measuring);
    decoder.afterDecode = (...decoded) => measuring.afterDecode(...decoded);
  }
  const sequences = { ...createSequences(decoder), background: new Sequence(decoder, sequenceNames) };
  return { context, cache, settings, sequences, shares, bounded: true, ...(notice === undefined ? {} : { notice }) };
}

/** Of a cache that only measures: entries of a layer, and staging. */
export type MeasuringSize = Pick<AllocationPlan, 'mean' | 'staging'>;

/** A cache of one sequence, its layers equal, for measuring beside the one in use. @throws as `createCache` */
export function createMeasuringCache(
  request: Omit<CacheRequest, 'chunk' | 'window' | 'sequences'>,
  { mean, staging }: MeasuringSize,
): Promise<CreatedCache> {
  const options = { ...request.options, allocator: 'uniform' as const, budget: mean };
  return createCache({ ...request, options, chunk: staging, window: undefined, sequences: 1 });
}

/** The system kills a process whose cache does not fit; so the price is told before it is paid. A graphics card refuses by itself. */
async function checkRoom(
  { llama, shape, chunk, ...request }: CacheRequest,
  settings: CacheSettings,
  budgets: readonly number[],
): Promise<void> {
  if ((await cardsOf(llama)).length > 0) return;
  const sequences = request.sequences ?? boundedSequences;
  const mean = meanOf(budgets);
  const one = rowsCost(shape, settings, { rows: mean, chunk, banks: sequences }).kvBytes;
  const { totalBytes } = mainMemory();
  if (one * sequences <= totalBytes) return;
  const most = Math.floor((mean * totalBytes) / (one * sequences) / 2 / granularity) * granularity;
  throw new BonsaiError(
    'out-of-memory',
    `A budget of ${exactCount(mean)} takes ${shortBytes(one * sequences)} of cache (${sequences} of ${shortBytes(one)}: memory, chat, ghost text, renewal); ${shortBytes(totalBytes)} of memory are there. Use a budget of ${exactCount(most)} or less.`,
  );
}

/** @returns why this model cannot have the bounded cache, or how many layers have full attention, and so a budget */
async function trySmall(
  request: CacheRequest,
  settings: CacheSettings,
  bonsai: NativeOptions,
  layersOf: (handle: number) => readonly { window: boolean }[],
): Promise<{ against: string } | { layers: number }> {
  const context = await create(request, settings, { tokens: 2 * request.chunk, sequences: 1, bonsai });
  try {
    const { handle, notice } = context.bonsai ?? { handle: 0, notice: '' };
    if (handle !== 0) return { layers: layersOf(handle).filter(({ window }) => !window).length };
    return { against: notice || `the model family ${request.shape.architecture} is not supported yet` };
  } finally {
    await context.dispose();
  }
}

async function createStock(request: CacheRequest, asked: CacheSettings): Promise<CreatedCache> {
  const settings = stockSettings(asked);
  const sequenceCount = request.sequences ?? sequenceNames;
  const capacity = request.window ?? (await stockCapacity(request, settings, sequenceCount));
  const context = await create(request, settings, { tokens: capacity, sequences: sequenceCount });
  const sequences = createSequences({ addon: context, batchSize: request.chunk, capacity });
  const byId = [sequences.memory, sequences.chat, sequences.ghost];
  const cache = stockCache(request.shape, { ...settings, capacity, chunk: request.chunk }, (id) => byId[id]?.position ?? 0);
  return { context, cache, settings, sequences, bounded: false };
}

function createSequences(decoder: Decoder): CreatedCache['sequences'] {
  return { memory: new Sequence(decoder, 0), chat: new Sequence(decoder, 1), ghost: new Sequence(decoder, 2) };
}

/** llama.cpp pads the rows of a sequence to a multiple of this. */
const padding = 256;

/** @param size tokens that each sequence may hold, and how many sequences there are */
async function create(
  { model, chunk, threads, llama }: CacheRequest,
  { keyType, valueType }: CacheSettings,
  { tokens, sequences, bonsai }: { tokens: number; sequences: number; bonsai?: NativeOptions },
): Promise<AddonContext> {
  const { GgmlType } = await loadLibrary();
  try {
    return await createContext(llama, model, {
      contextSize: Math.ceil((tokens * sequences) / padding) * padding,
      // As node-llama-cpp's own contexts: a sliding window wants room for one more.
      batchSize: chunk + (model.fileInsights.swaSize ? 1 : 0),
      sequences,
      threads: threads ?? usualThreads(llama),
      flashAttention: true,
      kvCacheKeyType: GgmlType[ggmlName(keyType)],
      kvCacheValueType: GgmlType[ggmlName(valueType)],
      ...(bonsai ? { bonsai } : {}),
    });
  } catch (error) {
    throw noRoom(error);
  }
}
