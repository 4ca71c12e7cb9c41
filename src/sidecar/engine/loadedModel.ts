/** A model with its context and everything that is asked of it; the one thing that is created and disposed as a whole. */
import type { ChatWrapper, LlamaModel } from 'node-llama-cpp';
import type { CacheOptions, LoadModelParams, ModelInfo } from '../../protocol';
import { demoModelPath } from '../bundleRoot';
import type { ModelTokens } from '../prompt/modelTokens';
import { createSampler, type AddonSampler, type SamplerConfig } from './addonContext';
import { defaultChunk, resolveBudgets, stagingFor } from './budget';
import { defaultBudgetFile, fileBudgetMemory } from './budgetMemory';
import { createCache, type CacheSettings, type CreatedCache } from './createCache';
import type { KvCache } from './kvCache';
import { loadLibrary, loadLlama, log } from './llama';
import { loadNative } from './loadNative';
import { checkModelFile } from './modelFile';
import { hasChatTemplate, modelShape } from './modelMetadata';
import { openModel } from './openModel';
import { Scheduler } from './scheduler';
import type { EngineTuning } from './tuning';

export interface LoadOptions extends LoadModelParams {
  /** Tokens per decode; absent: 256. */
  chunk?: number | undefined;
  tuning?: EngineTuning | undefined;
  /** Sizes the cache by what is going to be read, which only the opened model can count. */
  plan?: (model: LlamaModel) => { cache?: CacheOptions; window?: number };
}

export interface LoadedModel {
  info: ModelInfo;
  /** Of the model file; see fingerprint.ts. */
  fingerprint: string;
  /** Of the engine whose states are saved; '' on llama.cpp's own cache. */
  engineVersion: string;
  model: LlamaModel;
  tokens: ModelTokens;
  chatWrapper: ChatWrapper;
  cache: KvCache;
  settings: CacheSettings;
  sequences: CreatedCache['sequences'];
  scheduler: Scheduler;
  /** Tokens per decode. */
  chunk: number;
  /** A sampler of its own for the caller, who disposes it. */
  sampler(config: SamplerConfig): AddonSampler;
  /** Frees the context, then the model. Nothing may be running. */
  dispose(): Promise<void>;
}

/** Checks alone, before anything that works is given up for it. @throws as `loadModel` */
export async function checkModel({ gpu, modelPath, cache, chunk }: LoadOptions): Promise<void> {
  const { header } = await checkModelFile(await loadLlama(gpu ?? 'auto'), modelPath ?? demoModelPath);
  // llama.cpp's own cache has no budget to be wrong.
  if (loadNative()) resolveBudgets(cache?.budget, modelShape(header), stagingFor(chunk ?? defaultChunk));
}

/** @throws BonsaiError `model-*`, `bad-request`, `out-of-memory` or `engine-failed` */
export async function loadModel(params: LoadOptions): Promise<LoadedModel> {
  const [opened, { resolveChatWrapper }] = await Promise.all([openModel(params), loadLibrary()]);
  const { llama, model, path, file, shape, fingerprint, tokens, name, device } = opened;
  try {
    const chunk = params.chunk ?? defaultChunk;
    const planned = params.plan?.(model);
    const created = await createCache({
      llama,
      model,
      shape,
      fingerprint,
      options: { ...params.cache, ...planned?.cache },
      tuning: params.tuning,
      memory: fileBudgetMemory(defaultBudgetFile(), log),
      chunk,
      threads: params.threads,
      window: planned?.window,
    });
    const { cache, context, settings } = created;
    return {
      info: {
        name,
        path,
        bytes: file.bytes,
        demo: path === demoModelPath,
        architecture: shape.architecture,
        layers: shape.layers,
        kvHeads: Math.max(0, ...shape.kvHeads),
        trainedWindow: shape.trainedWindow,
        fim: tokens.infill !== undefined,
        chat: hasChatTemplate(file.header),
        policy: cache.policy,
        positions: cache.positions,
        engine: created.bounded ? 'bonsai' : 'stock',
        device,
        fingerprint,
        ...(created.notice === undefined ? {} : { notice: created.notice }),
      },
      fingerprint,
      engineVersion: loadNative()?.version() ?? '',
      model,
      tokens,
      chatWrapper: resolveChatWrapper(model),
      cache,
      settings,
      sequences: created.sequences,
      scheduler: new Scheduler(),
      chunk,
      sampler: (config) => createSampler(llama, model, config),
      dispose: async () => {
        await context.dispose();
        await model.dispose();
      },
    };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}
