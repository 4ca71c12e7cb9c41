/**
 * Creates the context with the cache that was asked for. A context with a logical window of a million tokens would be
 * fatal on llama.cpp's own cache, so whether a model family can have the bounded one is tried on a small context first.
 */
import type { Llama, LlamaContext, LlamaModel } from 'node-llama-cpp';
import { messageOf } from '../../protocol/messageOf';
import type { Allocator, CacheOptions, CacheType, Policy, Positions, Score } from '../../protocol';
import { BonsaiError } from '../errors';
import { addonContextOf } from './addonContext';
import { LayerMeasuring, startingBudgets, type AllocationPlan } from './allocation';
import { checkCount, resolveBudgets, smallestBudget, stagingFor } from './budget';
import type { BudgetMemory } from './budgetMemory';
import { ggmlName } from './cacheTypes';
import { boundedCache, stockCache, type KvCache } from './kvCache';
import { log } from './llama';
import { loadNative } from './loadNative';
import type { ModelShape } from './modelMetadata';
import type { BonsaiNative, NativeOptions } from './native';
import { Sequence, type Decoder } from './sequence';
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
  allocator: Allocator;
  positions: Positions;
  keyType: CacheType;
  valueType: CacheType;
  tuning: EngineTuning;
}

export interface CreatedCache {
  context: LlamaContext;
  cache: KvCache;
  settings: CacheSettings;
  sequences: { memory: Sequence; chat: Sequence; ghost: Sequence; background?: Sequence };
  /** Whether the bounded cache runs. */
  bounded: boolean;
  /** What is not as it was asked for, in a sentence. */
  notice?: string;
}

// What won on loss and exact recall together: docs/results/quality.md.
const defaultPolicy = 'hybrid';
const defaultScore = 'keydiff';

export function resolveSettings(asked: CacheOptions, tuning: EngineTuning = defaultTuning): CacheSettings {
  const policy = asked.policy ?? defaultPolicy;
  return {
    policy,
    score: asked.score ?? (policy === defaultPolicy ? defaultScore : 'none'),
    allocator: asked.allocator ?? (policy === 'full' || Array.isArray(asked.budget) ? 'uniform' : 'measured'),
    positions: asked.positions ?? 'auto',
    keyType: asked.keyType ?? 'f16',
    valueType: asked.valueType ?? 'f16',
    tuning,
  };
}

/** @throws BonsaiError `bad-request`, `out-of-memory` or `engine-failed` */
export async function createCache(request: CacheRequest): Promise<CreatedCache> {
  const native = loadNative();
  let settings = resolveSettings(request.options, request.tuning);
  if (!native) return createStock(request, settings);
  const unusable = unusableWith(request.llama, native);
  if (unusable !== undefined) return { ...(await createStock(request, settings)), notice: unbounded(unusable) };
  const staging = stagingFor(request.chunk);
  const asked = resolveBudgets(request.options.budget, request.shape, staging);
  checkAllocator(settings, asked);
  const plan: AllocationPlan = { ...settings, mean: asked[0] ?? 0, staging, fingerprint: request.fingerprint };
  configure(native, nativeOptions(plan, settings.positions, [smallestBudget(staging)]));
  const small = await trySmall(request, settings, native);
  if ('against' in small) {
    native.configure(null);
    return { ...(await createStock(request, settings)), notice: unbounded(small.against) };
  }
  checkCount(asked, small.layers);
  const start = refuse(() => startingBudgets(native, plan, small.layers, request.memory, log));
  if (start.unmeasured) settings = { ...settings, allocator: 'uniform' };
  const budgets = settings.allocator === 'uniform' ? asked : start.budgets;
  configure(native, nativeOptions(plan, settings.positions, budgets));
  const capacity = settings.policy === 'full' ? Math.min(logicalWindow, ...budgets) : logicalWindow;
  const context = await createContext(request, settings, { contextSize: capacity, sequences: request.sequences ?? boundedSequences });
  const handle = native.lastMemory();
  if (handle === 0) {
    await context.dispose();
    throw new BonsaiError('engine-failed', `The bounded cache could not be created: ${native.lastNotice() || 'no reason given'}.`);
  }
  const decoder: Decoder = { addon: addonContextOf(context), batchSize: request.chunk, capacity, bounded: { native, handle } };
  if (start.measure) {
    const measuring = new LayerMeasuring(native, handle, plan, request.memory, (text) => log(text, 'error'));
    decoder.afterDecode = (sequence, position) => measuring.afterDecode(sequence, position);
  }
  const cache = boundedCache(native, handle, { policy: settings.policy, positions: settings.positions, capacity });
  // Nobody asked for measured layers, so nobody misses them.
  const notice = start.notice === undefined || request.options.allocator === undefined ? {} : { notice: start.notice };
  const sequences = { ...createSequences(decoder), background: new Sequence(decoder, sequenceNames) };
  return { context, cache, settings, sequences, bounded: true, ...notice };
}

const unbounded = (why: string) => `llama.cpp's own cache runs, without a bound: ${why}.`;

/** @returns why the library that this backend computes with has no bounded cache; undefined: it has */
function unusableWith({ gpu }: Llama, native: BonsaiNative): string | undefined {
  try {
    native.use(gpu === false ? '' : gpu);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function checkAllocator({ allocator, policy }: CacheSettings, budgets: readonly number[]): void {
  if (allocator === 'uniform') return;
  if (policy === 'full')
    throw new BonsaiError('bad-request', `The policy full keeps everything; there is nothing for the allocator ${allocator} to share out.`);
  if (budgets.length > 1)
    throw new BonsaiError('bad-request', `A budget for every layer leaves the allocator ${allocator} nothing to do. Give one number.`);
}

function nativeOptions({ policy, score, staging, tuning }: AllocationPlan, positions: Positions, budgets: number[]): NativeOptions {
  const { sinks, recentShare, outlierShare, block, stagger, samples, minSeen, gqa, merge } = tuning;
  return { policy, score, positions, budgets, staging, sinks, recentShare, outlierShare, block, stagger, samples, minSeen, gqa, merge };
}

function configure(native: BonsaiNative, options: NativeOptions): void {
  refuse(() => native.configure(options));
}

/** What the engine refuses is a wrong request. */
function refuse<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new BonsaiError('bad-request', messageOf(error), { cause: error });
  }
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
  const settings: CacheSettings = { ...asked, policy: 'full', score: 'none', allocator: 'uniform', positions: 'original' };
  const trained = request.shape.trainedWindow || 4096;
  const contextSize = request.window ?? { min: Math.min(trained, 512), max: trained };
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
      threads: threads ?? llama.cpuMathCores,
      flashAttention: true,
      experimentalKvCacheKeyType: ggmlName(keyType),
      experimentalKvCacheValueType: ggmlName(valueType),
      // A smaller context than asked for, made silently, would make every number shown wrong.
      failedCreationRemedy: false,
      // The library's estimates do not know that the cache is bounded.
      ignoreMemorySafetyChecks: typeof size.contextSize === 'number',
    });
  } catch (error) {
    const why = messageOf(error);
    throw new BonsaiError('out-of-memory', `The cache could not be created: ${why}. Use a smaller budget or a smaller model.`, {
      cause: error,
    });
  }
}
