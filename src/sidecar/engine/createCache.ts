/**
 * Creates the context with the cache that was asked for. A context with a logical window of a million tokens would be
 * fatal on llama.cpp's own cache, so whether a model family can have the bounded one is tried on a small context first.
 */
import type { Llama, LlamaContext, LlamaModel } from 'node-llama-cpp';
import type { CacheOptions } from '../../protocol';
import { BonsaiError } from '../errors';
import { addonContextOf } from './addonContext';
import { resolveBudgets, stagingFor } from './budget';
import { boundedCache, stockCache, type KvCache } from './kvCache';
import { loadNative } from './loadNative';
import type { ModelShape } from './modelMetadata';
import type { BonsaiNative, NativeOptions } from './native';
import { Sequence, type Decoder } from './sequence';

/** Memory, chat and ghost text. */
const sequenceCount = 3;
/** Tokens; what a sequence may hold where the cache is bounded, so where its size does not depend on it. */
const logicalWindow = 1 << 28;
const sinks = 4;
/** TreeKV's own layout keeps half of the residents for the newest tokens. */
const recentShare = 0.5;
/** Whole names and calls stay together; measured against 1, 4, 16 and 32 (docs/architecture.md). */
const block = 8;

export interface CacheRequest {
  llama: Llama;
  model: LlamaModel;
  shape: ModelShape;
  options: CacheOptions;
  /** Tokens per decode. */
  chunk: number;
  threads: number | undefined;
  /** Tokens one sequence must hold, for the stock engine; absent: what the model was trained on and memory allows. */
  window: number | undefined;
}

export interface CreatedCache {
  context: LlamaContext;
  cache: KvCache;
  sequences: { memory: Sequence; chat: Sequence; ghost: Sequence };
  /** Whether the bounded cache runs. */
  bounded: boolean;
  /** Why the bounded cache does not run although the process was started for it. */
  notice?: string;
}

/** @throws BonsaiError `bad-request`, `out-of-memory` or `engine-failed` */
export async function createCache(request: CacheRequest): Promise<CreatedCache> {
  const native = loadNative();
  if (!native) return createStock(request);
  const asked = request.options;
  const staging = stagingFor(request.chunk);
  const budgets = resolveBudgets(asked.budget, request.shape, staging);
  const options: NativeOptions = {
    policy: asked.policy ?? 'tree',
    positions: asked.positions ?? 'auto',
    budgets,
    staging,
    sinks,
    recentShare,
    block,
  };
  configure(native, options);
  const notice = await trySmall(request, native);
  if (notice !== undefined) {
    native.configure(null);
    return { ...(await createStock(request)), notice };
  }
  const capacity = options.policy === 'full' ? Math.min(logicalWindow, ...budgets) : logicalWindow;
  const context = await createContext(request, { contextSize: capacity, sequences: sequenceCount });
  const handle = native.lastMemory();
  if (handle === 0) {
    await context.dispose();
    throw new BonsaiError('engine-failed', `The bounded cache could not be created: ${native.lastNotice() || 'no reason given'}.`);
  }
  const decoder: Decoder = { addon: addonContextOf(context), batchSize: request.chunk, capacity, bounded: { native, handle } };
  const cache = boundedCache(native, handle, { policy: options.policy, positions: options.positions, capacity });
  return { context, cache, sequences: createSequences(decoder), bounded: true };
}

function configure(native: BonsaiNative, options: NativeOptions): void {
  try {
    native.configure(options);
  } catch (error) {
    throw new BonsaiError('bad-request', error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** @returns why this model cannot have the bounded cache, or undefined when it can */
async function trySmall(request: CacheRequest, native: BonsaiNative): Promise<string | undefined> {
  const context = await createContext(request, { contextSize: 2 * request.chunk, sequences: 1 });
  try {
    if (native.lastMemory() !== 0) return undefined;
    return native.lastNotice() || `the model family ${request.shape.architecture} is not supported yet`;
  } finally {
    await context.dispose();
  }
}

async function createStock(request: CacheRequest): Promise<CreatedCache> {
  const trained = request.shape.trainedWindow || 4096;
  const contextSize = request.window ?? { min: Math.min(trained, 512), max: trained };
  const context = await createContext(request, { contextSize, sequences: sequenceCount });
  const capacity = context.contextSize;
  const sequences = createSequences({ addon: addonContextOf(context), batchSize: request.chunk, capacity });
  const byId = [sequences.memory, sequences.chat, sequences.ghost];
  return { context, cache: stockCache(request.shape, capacity, (id) => byId[id]?.position ?? 0), sequences, bounded: false };
}

function createSequences(decoder: Decoder): CreatedCache['sequences'] {
  return { memory: new Sequence(decoder, 0), chat: new Sequence(decoder, 1), ghost: new Sequence(decoder, 2) };
}

async function createContext(
  { model, chunk, threads, llama }: CacheRequest,
  size: { contextSize: number | { min: number; max: number }; sequences: number },
): Promise<LlamaContext> {
  try {
    return await model.createContext({
      ...size,
      batchSize: chunk,
      threads: threads ?? llama.cpuMathCores,
      flashAttention: true,
      // A smaller context than asked for, made silently, would make every number shown wrong.
      failedCreationRemedy: false,
      // The library's estimates do not know that the cache is bounded.
      ignoreMemorySafetyChecks: typeof size.contextSize === 'number',
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BonsaiError('out-of-memory', `The cache could not be created: ${why}. Use a smaller budget or a smaller model.`, {
      cause: error,
    });
  }
}
