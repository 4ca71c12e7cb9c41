/**
 * What is known of a cache before it is created: its settings, how its layers start, and what it costs. All of it follows
 * from the request and the model's header, so it can be told without paying for it.
 */
import type { Llama, LlamaModel } from 'node-llama-cpp';
import { messageOf } from '../../protocol/messageOf';
import type { AllocatorChoice, CacheOptions, CacheType, LayerSharing, Policy, Positions, Score } from '../../protocol';
import { BonsaiError } from '../errors';
import { startingBudgets, type AllocationPlan, type SharingStart } from './allocation';
import { boundedOf } from './addon';
import { checkCount, resolveBudgets, stagingFor } from './budget';
import type { BudgetMemory } from './budgetMemory';
import { ggmlName } from './cacheTypes';
import { costOf, stockCache, type CacheCost } from './kvCache';
import { loadLibrary, log } from './llama';
import type { ModelShape } from './modelMetadata';
import type { BonsaiNative, NativeOptions } from './native';
import { defaultTuning, type EngineTuning } from './tuning';

/** Memory, chat and ghost text; with a bounded cache, whose size does not depend on it, also a newer memory in the making. */
export const sequenceNames = 3;
export const boundedSequences = sequenceNames + 1;
/** Tokens; what a sequence may hold where the cache is bounded, so where its size does not depend on it. */
const logicalWindow = 1 << 28;

export interface CacheRequest {
  llama: Llama;
  model: LlamaModel;
  shape: ModelShape;
  /** Of the model file; see fingerprint.ts. */
  fingerprint: string;
  options: CacheOptions;
  tuning?: EngineTuning | undefined;
  /** Where budgets found by measuring are kept. */
  memory: BudgetMemory;
  /** Tokens per decode. */
  chunk: number;
  threads: number | undefined;
  /** Tokens one sequence must hold, for the stock engine; absent: what the model was trained on and memory allows. */
  window: number | undefined;
  /** Room for how many sequences; a measurement of memory wants one. Absent: all. */
  sequences?: 1 | undefined;
}

/** What runs, everything left open filled in. */
export interface CacheSettings {
  policy: Policy;
  score: Score;
  allocator: AllocatorChoice;
  positions: Positions;
  keyType: CacheType;
  valueType: CacheType;
  tuning: EngineTuning;
}

// What won on loss and exact recall together: docs/results/quality.md.
const defaultPolicy = 'hybrid';
const defaultScore = 'keydiff';

export function resolveSettings(asked: CacheOptions, tuning: EngineTuning = defaultTuning): CacheSettings {
  const policy = asked.policy ?? defaultPolicy;
  const automatic = policy === 'full' || Array.isArray(asked.budget) ? 'uniform' : 'auto';
  return {
    policy,
    score: asked.score ?? (policy === defaultPolicy ? defaultScore : 'none'),
    allocator: asked.allocator === undefined || asked.allocator === 'auto' ? automatic : asked.allocator,
    positions: asked.positions ?? 'auto',
    keyType: asked.keyType ?? 'f16',
    valueType: asked.valueType ?? 'f16',
    tuning,
  };
}

export function stockSettings(asked: CacheSettings): CacheSettings {
  return { ...asked, policy: 'full', score: 'none', allocator: 'uniform', positions: 'original' };
}

export interface CachePlan {
  settings: CacheSettings;
  bounded: boolean;
  cost: CacheCost;
  /** Absent on llama.cpp's own cache. */
  shares?: { asked: readonly number[] };
  /** What is not as it was asked for, in a sentence. */
  notice?: string;
}

/**
 * What `createCache` would create. Whether the engine supports the model's family shows with a context alone; here it is
 * taken to.
 * @throws BonsaiError `bad-request`; `out-of-memory` where llama.cpp's own cache has no room at all
 */
export async function planCache(request: Omit<CacheRequest, 'threads' | 'window' | 'sequences'>): Promise<CachePlan> {
  const native = boundedOf(request.llama);
  const settings = resolveSettings(request.options, request.tuning);
  if (!native) {
    const stock = stockSettings(settings);
    const rows = await stockCapacity(request, stock, sequenceNames);
    return { settings: stock, bounded: false, cost: rowsCost(request.shape, stock, { rows, chunk: request.chunk, banks: sequenceNames }) };
  }
  const asked = askedBudgets(request, settings);
  const layers = request.shape.attention.filter(({ window }) => window === undefined).length;
  checkCount(asked.budgets, layers);
  const { sharing, notice, settings: begun } = startOf(native, request, { settings, asked, layers });
  const { budgets } = sharing;
  checked(native, nativeOptions(asked.plan, begun.positions, budgets));
  const rows = rowsCost(request.shape, settings, { rows: meanOf(budgets), chunk: request.chunk, banks: boundedSequences });
  return {
    settings: begun,
    bounded: true,
    cost: { ...rows, policy: settings.policy, capacity: boundedCapacity(settings, budgets), budgets },
    shares: { asked: asked.budgets },
    ...(notice === undefined ? {} : { notice }),
  };
}

export interface AskedBudgets {
  /** One number for all layers or one for each, staging included. */
  budgets: number[];
  plan: AllocationPlan;
}

/** @throws BonsaiError `bad-request` */
export function askedBudgets(
  { chunk, options, shape, fingerprint }: Pick<CacheRequest, 'chunk' | 'options' | 'shape' | 'fingerprint'>,
  settings: CacheSettings,
): AskedBudgets {
  const staging = stagingFor(chunk);
  const budgets = resolveBudgets(options.budget, shape, staging);
  checkAllocator(settings, budgets);
  return { budgets, plan: { ...settings, mean: budgets[0] ?? 0, staging, fingerprint } };
}

function checkAllocator({ allocator, policy }: CacheSettings, budgets: readonly number[]): void {
  if (allocator === 'uniform') return;
  if (policy === 'full')
    throw new BonsaiError('bad-request', `The policy full keeps everything; there is nothing for the allocator ${allocator} to share out.`);
  if (budgets.length > 1)
    throw new BonsaiError('bad-request', `A budget for every layer leaves the allocator ${allocator} nothing to do. Give one number.`);
}

/** How the layers of a bounded cache begin. @param layers with full attention @throws BonsaiError `bad-request` */
export function startOf(
  native: BonsaiNative,
  { memory, options }: Pick<CacheRequest, 'memory' | 'options'>,
  { settings, asked, layers }: { settings: CacheSettings; asked: AskedBudgets; layers: number },
): { start: SharingStart; sharing: LayerSharing; settings: CacheSettings; notice: string | undefined } {
  const start = refuse(() => startingBudgets(native, asked.plan, layers, memory, log));
  return {
    start,
    // A list given by hand is as it is.
    sharing: asked.budgets.length > 1 ? { allocator: 'uniform', budgets: asked.budgets } : start.sharing,
    settings: start.unmeasured ? { ...settings, allocator: 'uniform' } : settings,
    // Nobody asked for measured layers, so nobody misses them.
    notice: options.allocator === undefined ? undefined : start.notice,
  };
}

/** Tokens one sequence may hold. */
export function boundedCapacity({ policy }: CacheSettings, budgets: readonly number[]): number {
  return policy === 'full' ? Math.min(logicalWindow, ...budgets) : logicalWindow;
}

/** @param rows entries of every layer without a window, on average */
export function rowsCost(
  shape: Pick<ModelShape, 'attention'>,
  settings: Pick<CacheSettings, 'keyType' | 'valueType'>,
  { rows, chunk, banks }: { rows: number; chunk: number; banks: number },
): CacheCost {
  return costOf(
    stockCache(shape, { ...settings, capacity: rows, chunk }, () => 0),
    banks,
  );
}

export function meanOf(budgets: readonly number[]): number {
  return budgets.reduce((sum, budget) => sum + budget, 0) / Math.max(1, budgets.length);
}

export const unbounded = (why: string): string => `llama.cpp's own cache runs, without a bound: ${why}.`;

export function nativeOptions(
  { policy, score, staging, tuning }: AllocationPlan,
  positions: Positions,
  budgets: readonly number[],
): NativeOptions {
  const { sinks, recentShare, outlierShare, block, stagger, samples, minSeen, gqa, merge } = tuning;
  const given = { policy, score, positions, budgets: [...budgets], staging };
  return { ...given, sinks, recentShare, outlierShare, block, stagger, samples, minSeen, gqa, merge };
}

/** @throws BonsaiError `bad-request` */
export function checked(native: BonsaiNative, options: NativeOptions): NativeOptions {
  refuse(() => native.check(options));
  return options;
}

/** What the engine refuses is a wrong request. */
function refuse<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new BonsaiError('bad-request', messageOf(error), { cause: error });
  }
}

/** Tokens of llama.cpp's own cache: what the model was trained on, or as much of it as memory allows. */
function stockWindow({ trainedWindow }: Pick<ModelShape, 'trainedWindow'>): { min: number; max: number } {
  const trained = trainedWindow || 4096;
  return { min: Math.min(trained, 512), max: trained };
}

/** Tokens that each sequence can have of llama.cpp's own cache, as the library works that out. @throws BonsaiError `out-of-memory` */
export async function stockCapacity(
  { model, llama, shape, chunk }: Pick<CacheRequest, 'model' | 'llama' | 'shape' | 'chunk'>,
  { keyType, valueType }: CacheSettings,
  sequences: number,
): Promise<number> {
  const { GgmlType } = await loadLibrary();
  const window = stockWindow(shape);
  try {
    return await model.fileInsights.configurationResolver.resolveContextContextSize(window, {
      batchSize: chunk,
      sequences,
      flashAttention: true,
      kvCacheKeyType: GgmlType[ggmlName(keyType)],
      kvCacheValueType: GgmlType[ggmlName(valueType)],
      modelGpuLayers: llama.gpu === false ? 0 : shape.layers + 1,
      modelTrainContextSize: window.max,
      llamaGpu: llama.gpu,
    });
  } catch (error) {
    throw noRoom(error);
  }
}

export function noRoom(error: unknown): BonsaiError {
  const why = messageOf(error);
  return new BonsaiError('out-of-memory', `The cache could not be created: ${why}. Use a smaller budget or a smaller model.`, {
    cause: error,
  });
}
