/**
 * What surrounds the cursor, cut by tokens: four times as much before it as after, scaled with the window the model
 * was trained on, so that the memory in front of it keeps most of the window.
 */
import type { LlamaModel } from 'node-llama-cpp';
import { concatTokens, tokenizeText, type ModelTokens } from './modelTokens';
import { fileHead } from './repositoryPrompt';

export interface InfillLimits {
  /** Tokens. */
  prefix: number;
  suffix: number;
}

export function infillLimits(window: number): InfillLimits {
  const prefix = Math.min(2048, Math.max(64, Math.floor(window / 4)));
  return { prefix, suffix: Math.floor(prefix / 4) };
}

/** Characters of which no tokenizer makes fewer than one token per 32; what lies farther is not even tokenized. */
const charactersPerToken = 32;

export interface InfillRequest {
  path: string;
  prefix: string;
  suffix: string;
}

/** @param infill the model's own tokens for the task */
export function infillPrompt(
  model: Pick<LlamaModel, 'tokenize'>,
  tokens: ModelTokens,
  infill: NonNullable<ModelTokens['infill']>,
  request: InfillRequest,
  limits: InfillLimits,
): Uint32Array {
  const before = tokenizeText(model, request.prefix.slice(-limits.prefix * charactersPerToken));
  const after = tokenizeText(model, request.suffix.slice(0, limits.suffix * charactersPerToken));
  return concatTokens(
    fileHead(model, tokens, request.path),
    infill.prefix,
    before.subarray(Math.max(0, before.length - limits.prefix)),
    infill.suffix,
    after.subarray(0, limits.suffix),
    infill.middle,
  );
}
