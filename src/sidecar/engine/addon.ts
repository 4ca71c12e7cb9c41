/**
 * The addon under node-llama-cpp, driven directly: that package's own sequence copies its whole token list for every generated
 * token and cannot fork. Ours (native/addon) has the bounded cache; the one that the package ships has not, and llama.cpp's own
 * cache runs on either. The dependency is pinned; should its shape differ all the same, the error says so at once instead of
 * failing somewhere deep in a decode.
 */
import type { Llama, LlamaGrammar, LlamaModel, ModelDownloader } from 'node-llama-cpp';
import { BonsaiError } from '../errors';
import { engineOf, loadLibrary } from './llama';
import { isBonsaiNative, type BonsaiNative, type NativeOptions } from './native';

export const pinnedVersion = '3.22.1';

/** What is used of its exports. */
export interface Addon {
  AddonContext: new (model: object, options: ContextOptions) => AddonContext;
  AddonSampler: new (model: object) => AddonSampler;
  /** Of a ggml type; undefined: it knows none of that number. */
  getTypeSizeForGgmlType(type: number): number | undefined;
  getBlockSizeForGgmlType(type: number): number | undefined;
  /** In ours alone. */
  bonsai?: BonsaiNative;
}

/** llama_context_params as the addon names them, and the cache. */
export interface ContextOptions {
  /** Rows of llama.cpp's own cache, of all sequences together. */
  contextSize: number;
  batchSize: number;
  sequences: number;
  threads: number;
  flashAttention: boolean;
  /** Numbers of ggml types. */
  kvCacheKeyType: number;
  kvCacheValueType: number;
  /** Absent: llama.cpp's own cache. */
  bonsai?: NativeOptions;
}

export interface AddonContext {
  /** @returns false where it could not be created; the log has the reason */
  init(): Promise<boolean>;
  dispose(): Promise<void>;
  /** In ours alone, from `init` on: its cache's handle, 0 where llama.cpp's own cache runs, and why, if a bounded one was asked for. */
  readonly bonsai?: { handle: number; notice: string };
  initBatch(size: number): void;
  /** @returns for each wanted logit its index in the batch */
  addToBatch(sequence: number, firstPosition: number, tokens: Uint32Array, logitIndexes: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  sampleToken(batchLogitIndex: number, sampler: AddonSampler, ...options: unknown[]): Promise<unknown>;
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
  disposeSequence(sequence: number): void;
  copySequenceStateFromOtherSequence(target: number, source: number): Promise<number>;
  /** @returns bytes written */
  saveSequenceStateToFile(path: string, sequence: number, tokens: Uint32Array): Promise<number>;
  /** @param mostTokens room for the file's list of tokens, at least 1 */
  loadSequenceStateFromFile(path: string, sequence: number, mostTokens: number): Promise<Uint32Array>;
}

export interface AddonSampler {
  applyConfig(config: SamplerConfig): void;
  dispose(): void;
}

/** Temperature 0 takes the most likely token and leaves the logits as they are. */
export interface SamplerConfig {
  temperature: number;
  minP?: number;
  topK?: number;
  topP?: number;
  seed?: number;
  /** Penalties count what this sampler chose and, before that, these tokens; absent: none of the four applies. */
  repeatPenaltyTokens?: Uint32Array;
  /** Divides the logit of a token that came before; 1: none. */
  repeatPenalty?: number;
  repeatPenaltyMaxTokens?: number;
  repeatPenaltyFrequencyPenalty?: number;
  repeatPenaltyPresencePenalty?: number;
  /**
   * DRY: a token that would make a stretch come again that this sampler chose before loses
   * strength * base ^ (length of the stretch - allowed length) nats. Absent or 0: none.
   */
  dryRepeatPenaltyStrength?: number;
  dryRepeatPenaltyBase?: number;
  dryRepeatPenaltyAllowedLength?: number;
  dryRepeatPenaltyLastTokens?: number;
  /** The addon's own; it knows what was chosen so far. Absent: any token may come. */
  grammarEvaluationState?: object;
}

function hasFunctions(value: unknown, names: readonly string[]): value is object {
  return typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function');
}

function isAddon(value: unknown): value is Addon {
  if (!hasFunctions(value, ['AddonContext', 'AddonSampler', 'getTypeSizeForGgmlType', 'getBlockSizeForGgmlType'])) return false;
  const bonsai: unknown = Reflect.get(value, 'bonsai');
  return hasFunctions(prototypeOf(value, 'AddonContext'), contextFunctions) && (bonsai === undefined || isBonsaiNative(bonsai));
}

const contextFunctions = [
  ...['init', 'dispose', 'initBatch', 'addToBatch', 'decodeBatch', 'sampleToken', 'removeTokenCellsFromSequence', 'disposeSequence'],
  ...['copySequenceStateFromOtherSequence', 'saveSequenceStateToFile', 'loadSequenceStateFromFile'],
];

function prototypeOf(owner: object, name: string): unknown {
  return get(get(owner, name), 'prototype');
}

function get(owner: unknown, name: string): unknown {
  return (typeof owner === 'object' && owner !== null) || typeof owner === 'function' ? Reflect.get(owner, name) : undefined;
}

function mismatch(what: string): BonsaiError {
  return new BonsaiError(
    'engine-failed',
    `node-llama-cpp is not the pinned version ${pinnedVersion} (${what} is not as expected). From a clone, type: npm ci, then: npm run engine`,
  );
}

/** The addon that `llama` runs on, which it keeps to itself. @throws BonsaiError `engine-failed` when it is of another version */
function addonOf(llama: Llama): Addon {
  const addon = get(llama, '_bindings');
  if (!isAddon(addon)) throw mismatch('its addon');
  return addon;
}

/** The bounded cache; undefined: llama.cpp's own was asked for, or nothing else is there. @throws BonsaiError as `addonOf` */
export function boundedOf(llama: Llama): BonsaiNative | undefined {
  return engineOf(llama) === 'bonsai' ? addonOf(llama).bonsai : undefined;
}

/** The model as the addon knows it. */
function addonModelOf(model: LlamaModel): object {
  const addonModel = get(model, '_model');
  if (typeof addonModel !== 'object' || addonModel === null) throw mismatch('its model');
  return addonModel;
}

/** @throws BonsaiError `engine-failed` as above; RangeError where the options of the bounded cache make no sense; Error with what failed */
export async function createContext(llama: Llama, model: LlamaModel, options: ContextOptions): Promise<AddonContext> {
  const { AddonContext } = addonOf(llama);
  const context = new AddonContext(addonModelOf(model), options);
  if (!(await context.init())) throw new Error('it does not fit into memory, or the engine cannot run this model');
  return context;
}

/** A sampler of its own for the caller, who disposes it. @throws BonsaiError `engine-failed` as above */
export function createSampler(llama: Llama, model: LlamaModel, config: SamplerConfig): AddonSampler {
  const { AddonSampler } = addonOf(llama);
  const sampler = new AddonSampler(addonModelOf(model));
  sampler.applyConfig(config);
  return sampler;
}

/** The same, held to a grammar, of which the first token chosen is the beginning. @throws BonsaiError `engine-failed` as above */
export async function createGrammarSampler(
  llama: Llama,
  model: LlamaModel,
  config: SamplerConfig,
  grammar: LlamaGrammar,
): Promise<AddonSampler> {
  const { LlamaGrammarEvaluationState } = await loadLibrary();
  const grammarEvaluationState = get(new LlamaGrammarEvaluationState({ model, grammar }), '_state');
  if (typeof grammarEvaluationState !== 'object' || grammarEvaluationState === null) throw mismatch('its grammar');
  return createSampler(llama, model, { ...config, grammarEvaluationState });
}

/** Bytes that `elements` values of a ggml type take, or undefined for a type the engine does not know. */
export function ggmlBytes(llama: Llama, ggmlType: number, elements: number): number | undefined {
  const addon = addonOf(llama);
  const size = addon.getTypeSizeForGgmlType(ggmlType);
  const block = addon.getBlockSizeForGgmlType(ggmlType);
  return size && block ? Math.ceil(elements / block) * size : undefined;
}

/** @returns the next token, or undefined when the sampler has none */
export async function sampleToken(context: AddonContext, batchLogitIndex: number, sampler: AddonSampler): Promise<number | undefined> {
  const token = await context.sampleToken(batchLogitIndex, sampler);
  if (typeof token !== 'number') throw mismatch('the result of sampling');
  return token < 0 ? undefined : token;
}

/**
 * Natural logarithm of the probability of `target`, over the whole vocabulary without any sampling.
 * @param greedy a sampler of temperature 0: it selects the highest logit, which the sum of weights is relative to
 */
export async function logProbability(
  context: AddonContext,
  batchLogitIndex: number,
  greedy: AddonSampler,
  target: number,
): Promise<number> {
  const filter = [[target], false, false, true, 0];
  const result = await context.sampleToken(batchLogitIndex, greedy, false, false, filter, true);
  const top = get(result, '0');
  const logits = get(result, '3');
  const weight = get(result, '4');
  if (typeof top !== 'number' || !Array.isArray(logits) || typeof weight !== 'number') throw mismatch('the result of scoring');
  const of = (token: number): number => {
    for (let i = 0; i + 1 < logits.length; i += 2) {
      const value: unknown = logits[i + 1];
      if (logits[i] === token && typeof value === 'number') return value;
    }
    throw mismatch('the result of scoring');
  };
  return of(target) - of(top) - Math.log(weight);
}

/**
 * Where a downloader gets its file, which it resolves from a shorter name; its first part where there are several.
 * @throws BonsaiError `engine-failed` when the installed version differs from the pinned one
 */
export function downloadUrl(downloader: ModelDownloader): string {
  const url = get(downloader, '_modelUrl');
  if (typeof url !== 'string') throw mismatch('ModelDownloader');
  return url;
}
