/** A model with its context and everything that is asked of it; the one thing that is created and disposed as a whole. */
import { availableParallelism } from 'node:os';
import type { GbnfJsonObjectSchema, LlamaModel } from 'node-llama-cpp';
import type { CacheOptions, LoadModelParams, ModelInfo } from '../../protocol';
import { demoModelPath } from '../bundleRoot';
import { chatTemplate, type OwnTemplate } from '../prompt/chatTemplate';
import type { ModelTokens } from '../prompt/modelTokens';
import { boundedOf, createGrammarSampler, createSampler, type AddonSampler, type SamplerConfig } from './addon';
import { resolveBudgets, resolveChunk, resolveThreads, stagingFor } from './budget';
import { defaultBudgetFile, fileBudgetMemory, type BudgetMemory } from './budgetMemory';
import type { CacheSettings } from './cachePlan';
import { createCache, createMeasuringCache, type CreatedCache, type MeasuringSize } from './createCache';
import type { KvCache } from './kvCache';
import { loadLibrary, loadLlama, log } from './llama';
import { checkModelFile } from './modelFile';
import { chatTemplateSource, hasChatTemplate, modelShape } from './modelMetadata';
import { openModel, type OpenModel } from './openModel';
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
  chatTemplate: OwnTemplate;
  cache: KvCache;
  settings: CacheSettings;
  sequences: CreatedCache['sequences'];
  llama: OpenModel['llama'];
  /** What was found by measuring models. */
  budgetMemory: BudgetMemory;
  /** Absent on llama.cpp's own cache. */
  shares: CreatedCache['shares'];
  scheduler: Scheduler;
  /** Tokens per decode. */
  chunk: number;
  /** A sampler of its own for the caller, who disposes it. */
  sampler(config: SamplerConfig): AddonSampler;
  /** The same, which writes one of these names, or an object of this form as JSON, by the most likely tokens. */
  heldSampler(form: readonly string[] | GbnfJsonObjectSchema): Promise<AddonSampler>;
  /** A small cache of its own on this model, for measuring; the caller disposes its context. @throws BonsaiError as `loadModel` */
  measuringCache(size: MeasuringSize): Promise<CreatedCache>;
  /** Frees the context, then the model. Nothing may be running. */
  dispose(): Promise<void>;
}

/** Checks alone, before anything that works is given up for it. @throws as `loadModel` */
export async function checkModel({ gpu, modelPath, cache, chunk }: LoadOptions): Promise<void> {
  const llama = await loadLlama(gpu ?? 'auto');
  const { header } = await checkModelFile(llama, modelPath ?? demoModelPath);
  // llama.cpp's own cache has no budget to be wrong.
  if (boundedOf(llama)) resolveBudgets(cache?.budget, modelShape(header), stagingFor(resolveChunk(chunk)));
}

/** @throws BonsaiError `model-*`, `bad-request`, `out-of-memory` or `engine-failed` */
export async function loadModel(params: LoadOptions): Promise<LoadedModel> {
  const [opened, library] = await Promise.all([openModel(params), loadLibrary()]);
  const { llama, model, path, file, shape, fingerprint, tokens, name, device } = opened;
  try {
    const chunk = resolveChunk(params.chunk);
    const { threads, notice: fewer } = resolveThreads(params.threads, availableParallelism());
    const planned = params.plan?.(model);
    const common = { llama, model, shape, fingerprint, threads, tuning: params.tuning };
    const options = { ...params.cache, ...planned?.cache };
    const memory = fileBudgetMemory(defaultBudgetFile(), log);
    const created = await createCache({ ...common, options, memory, chunk, window: planned?.window });
    const { cache, context, settings } = created;
    const template = chatTemplate(library, model, chatTemplateSource(file.header));
    const notice = [created.notice, fewer, template.notice].filter((text) => text !== undefined).join(' ');
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
        ...(template.tools ? { tools: true as const } : {}),
        policy: cache.policy,
        positions: cache.positions,
        engine: created.bounded ? 'bonsai' : 'stock',
        device,
        fingerprint,
        ...(notice === '' ? {} : { notice }),
      },
      fingerprint,
      engineVersion: boundedOf(llama)?.version() ?? '',
      model,
      tokens,
      chatTemplate: template,
      cache,
      settings,
      sequences: created.sequences,
      shares: created.shares,
      llama,
      budgetMemory: memory,
      scheduler: new Scheduler(),
      chunk,
      sampler: (config) => createSampler(llama, model, config),
      heldSampler: async (form) => {
        const grammar = isNames(form)
          ? await llama.createGrammar({ grammar: `root ::= ${form.map((name) => JSON.stringify(name)).join(' | ')}` })
          : await llama.createGrammarForJsonSchema(form);
        return createGrammarSampler(llama, model, { temperature: 0 }, grammar);
      },
      measuringCache: (size) => createMeasuringCache({ ...common, options, memory }, size),
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

const isNames = (form: readonly string[] | GbnfJsonObjectSchema): form is readonly string[] => Array.isArray(form);
