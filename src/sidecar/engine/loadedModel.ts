/** A model with its context and everything that is asked of it; the one thing that is created and disposed as a whole. */
import type { ChatWrapper, LlamaModel } from 'node-llama-cpp';
import { basename } from 'node:path';
import type { CacheOptions, LoadModelParams, ModelInfo } from '../../protocol';
import { demoModelPath } from '../bundleRoot';
import { BonsaiError } from '../errors';
import { modelTokens, type ModelTokens } from '../prompt/modelTokens';
import { createSampler, type AddonSampler, type SamplerConfig } from './addonContext';
import { defaultChunk, resolveBudgets, stagingFor } from './budget';
import { createCache, type CreatedCache } from './createCache';
import type { KvCache } from './kvCache';
import { loadLibrary, loadLlama } from './llama';
import { loadNative } from './loadNative';
import { checkModelFile } from './modelFile';
import { hasChatTemplate, modelShape } from './modelMetadata';
import { Scheduler } from './scheduler';

export interface LoadOptions extends LoadModelParams {
  /** Tokens per decode; absent: 256. */
  chunk?: number | undefined;
  /** Sizes the cache by what is going to be read, which only the opened model can count. */
  plan?: (model: LlamaModel) => { cache?: CacheOptions; window?: number };
}

export interface LoadedModel {
  info: ModelInfo;
  model: LlamaModel;
  tokens: ModelTokens;
  chatWrapper: ChatWrapper;
  cache: KvCache;
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
  const path = params.modelPath ?? demoModelPath;
  const [llama, { resolveChatWrapper }] = await Promise.all([loadLlama(params.gpu ?? 'auto'), loadLibrary()]);
  const { bytes, header } = await checkModelFile(llama, path);
  const model = await openModel(llama, path);
  try {
    const shape = modelShape(header);
    const chunk = params.chunk ?? defaultChunk;
    const planned = params.plan?.(model);
    const created = await createCache({
      llama,
      model,
      shape,
      options: { ...params.cache, ...planned?.cache },
      chunk,
      threads: params.threads,
      window: planned?.window,
    });
    const tokens = modelTokens(model, header);
    const devices = llama.gpu === false ? [] : await llama.getGpuDeviceNames();
    const { cache, context } = created;
    return {
      info: {
        name: shape.name ?? basename(path, '.gguf'),
        path,
        bytes,
        demo: path === demoModelPath,
        architecture: shape.architecture,
        layers: shape.layers,
        kvHeads: Math.max(0, ...shape.kvHeads),
        trainedWindow: shape.trainedWindow,
        fim: tokens.infill !== undefined,
        chat: hasChatTemplate(header),
        policy: cache.policy,
        positions: cache.positions,
        engine: created.bounded ? 'bonsai' : 'stock',
        device: devices.length > 0 ? devices.join(', ') : 'CPU',
        ...(created.notice === undefined ? {} : { notice: `llama.cpp's own cache runs, without a bound: ${created.notice}.` }),
      },
      model,
      tokens,
      chatWrapper: resolveChatWrapper(model),
      cache,
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

async function openModel(llama: Awaited<ReturnType<typeof loadLlama>>, path: string): Promise<LlamaModel> {
  try {
    return await llama.loadModel({ modelPath: path });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (/memory|vram/i.test(why))
      throw new BonsaiError('out-of-memory', `${basename(path)} does not fit into memory: ${why}. Choose a smaller model.`, {
        cause: error,
      });
    throw new BonsaiError('model-unsupported', `The engine cannot run ${path}: ${why}. Choose another GGUF file.`, { cause: error });
  }
}
