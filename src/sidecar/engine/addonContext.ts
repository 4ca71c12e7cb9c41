/**
 * The only door to node-llama-cpp's internals. Its public sequence copies its whole token list for every generated
 * token and cannot fork, so the addon under it is driven directly. The dependency is pinned; should its shape differ
 * all the same, the error says so at once instead of failing somewhere deep in a decode.
 */
import type { Llama, LlamaContext, LlamaModel, ModelDownloader } from 'node-llama-cpp';
import { BonsaiError } from '../errors';

export const pinnedVersion = '3.22.1';

export interface AddonContext {
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
}

function hasFunctions(value: unknown, names: readonly string[]): value is object {
  return typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function');
}

const contextFunctions = [
  'initBatch',
  'addToBatch',
  'decodeBatch',
  'sampleToken',
  'removeTokenCellsFromSequence',
  'disposeSequence',
  'copySequenceStateFromOtherSequence',
  'saveSequenceStateToFile',
  'loadSequenceStateFromFile',
];
function isAddonContext(value: unknown): value is AddonContext {
  return hasFunctions(value, contextFunctions);
}
function isAddonSampler(value: unknown): value is AddonSampler {
  return hasFunctions(value, ['applyConfig', 'dispose']);
}

function get(owner: unknown, name: string): unknown {
  return (typeof owner === 'object' && owner !== null) || typeof owner === 'function' ? Reflect.get(owner, name) : undefined;
}

function mismatch(what: string): BonsaiError {
  return new BonsaiError(
    'engine-failed',
    `node-llama-cpp is not the pinned version ${pinnedVersion} (${what} is not as expected). From a clone, type: npm ci`,
  );
}

/** @throws BonsaiError `engine-failed` when the installed version differs from the pinned one */
export function addonContextOf(context: LlamaContext): AddonContext {
  const addon = get(context, '_ctx');
  if (!isAddonContext(addon)) throw mismatch('its context');
  return addon;
}

/** A sampler of its own for the caller, who disposes it. @throws BonsaiError `engine-failed` as above */
export function createSampler(llama: Llama, model: LlamaModel, config: SamplerConfig): AddonSampler {
  const constructor = get(get(llama, '_bindings'), 'AddonSampler');
  if (typeof constructor !== 'function') throw mismatch('its sampler');
  const sampler: unknown = Reflect.construct(constructor, [get(model, '_model')]);
  if (!isAddonSampler(sampler)) throw mismatch('its sampler');
  sampler.applyConfig(config);
  return sampler;
}

/** Bytes that `elements` values of a ggml type take, or undefined for a type the engine does not know. */
export function ggmlBytes(llama: Llama, ggmlType: number, elements: number): number | undefined {
  const bindings = get(llama, '_bindings');
  const ask = (name: string): number | undefined => {
    const method = get(bindings, name);
    if (typeof method !== 'function') throw mismatch('its table of types');
    const answer: unknown = Reflect.apply(method, bindings, [ggmlType]);
    return typeof answer === 'number' ? answer : undefined;
  };
  const size = ask('getTypeSizeForGgmlType');
  const block = ask('getBlockSizeForGgmlType');
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
