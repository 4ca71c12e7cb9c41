/**
 * Creates the context with the cache that was asked for. A context with a logical window of a million tokens would be
 * fatal on llama.cpp's own cache, so whether a model family can have the bounded one is tried on a small context first.
 */
import type { LlamaContext } from 'node-llama-cpp';
import { exactCount, shortBytes } from '../../protocol/numbers';
import { BonsaiError } from '../errors';
import { mainMemory, usualThreads } from '../models/hardware';
import { addonContextOf } from './addonContext';
import { LayerMeasuring } from './allocation';
import { checkCount, granularity, smallestBudget } from './budget';
import {
  askedBudgets,
  boundedCapacity,
  boundedSequences,
  configure,
  meanOf,
  nativeOptions,
  noRoom,
  resolveSettings,
  rowsCost,
  sequenceNames,
  startOf,
  stockSettings,
  stockWindow,
  unbounded,
  unusableWith,
  type CacheRequest,
  type CacheSettings,
} from './cachePlan';
import { ggmlName } from './cacheTypes';
import { boundedCache, stockCache, type KvCache } from './kvCache';
import { LayerShares } from './layerShares';
import { log } from './llama';
import { loadNative } from './loadNative';
import type { BonsaiNative } from './native';
import { Sequence, type Decoder } from './sequence';

export interface CreatedCache {
  context: LlamaContext;
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
  const native = loadNative();
  let settings = resolveSettings(request.options, request.tuning);
  if (!native) return createStock(request, settings);
  const unusable = unusableWith(request.llama, native);
  if (unusable !== undefined) return { ...(await createStock(request, settings)), notice: unbounded(unusable) };
  const asked = askedBudgets(request, settings);
  const { plan } = asked;
  configure(native, nativeOptions(plan, settings.positions, [smallestBudget(plan.staging)]));
  const small = await trySmall(request, settings, native);
  if ('against' in small) {
    native.configure(null);
    return { ...(await createStock(request, settings)), notice: unbounded(small.against) };
  }
  checkCount(asked.budgets, small.layers);
  checkRoom(request, settings, asked.budgets);
  const { start, sharing, notice, ...begun } = startOf(native, request, { settings, asked, layers: small.layers });
  ({ settings } = begun);
  configure(native, nativeOptions(plan, settings.positions, sharing.budgets));
  const capacity = boundedCapacity(settings, sharing.budgets);
  const context = await createContext(request, settings, { contextSize: capacity, sequences: request.sequences ?? boundedSequences });
  const handle = native.lastMemory();
  if (handle === 0) {
    await context.dispose();
    throw new BonsaiError('engine-failed', `The bounded cache could not be created: ${native.lastNotice() || 'no reason given'}.`);
  }
  const decoder: Decoder = { addon: addonContextOf(context), batchSize: request.chunk, capacity, bounded: { native, handle } };
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

/** The system kills a process whose cache does not fit; so the price is told before it is paid. A graphics card refuses by itself. */
function checkRoom({ llama, shape, chunk, ...request }: CacheRequest, settings: CacheSettings, budgets: readonly number[]): void {
  if (llama.gpu !== false) return;
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
  native: BonsaiNative,
): Promise<{ against: string } | { layers: number }> {
  const context = await createContext(request, settings, { contextSize: 2 * request.chunk, sequences: 1 });
  try {
    const handle = native.lastMemory();
    if (handle !== 0) return { layers: native.stats(handle, 0).layers.filter(({ window }) => !window).length };
    return { against: native.lastNotice() || `the model family ${request.shape.architecture} is not supported yet` };
  } finally {
    await context.dispose();
  }
}

async function createStock(request: CacheRequest, asked: CacheSettings): Promise<CreatedCache> {
  const settings = stockSettings(asked);
  const contextSize = request.window ?? stockWindow(request.shape);
  const context = await createContext(request, settings, { contextSize, sequences: request.sequences ?? sequenceNames });
  const capacity = context.contextSize;
  const sequences = createSequences({ addon: addonContextOf(context), batchSize: request.chunk, capacity });
  const byId = [sequences.memory, sequences.chat, sequences.ghost];
  const cache = stockCache(request.shape, { ...settings, capacity, chunk: request.chunk }, (id) => byId[id]?.position ?? 0);
  return { context, cache, settings, sequences, bounded: false };
}

function createSequences(decoder: Decoder): CreatedCache['sequences'] {
  return { memory: new Sequence(decoder, 0), chat: new Sequence(decoder, 1), ghost: new Sequence(decoder, 2) };
}

async function createContext(
  { model, chunk, threads, llama }: CacheRequest,
  { keyType, valueType }: CacheSettings,
  size: { contextSize: number | { min: number; max: number }; sequences: number },
): Promise<LlamaContext> {
  try {
    return await model.createContext({
      ...size,
      batchSize: chunk,
      threads: threads ?? usualThreads(llama),
      flashAttention: true,
      experimentalKvCacheKeyType: ggmlName(keyType),
      experimentalKvCacheValueType: ggmlName(valueType),
      // A smaller context than asked for, made silently, would make every number shown wrong.
      failedCreationRemedy: false,
      // The library's estimates do not know that the cache is bounded.
      ignoreMemorySafetyChecks: typeof size.contextSize === 'number',
    });
  } catch (error) {
    throw noRoom(error);
  }
}
