/**
 * The special tokens a prompt is built from: those the GGUF declares, else those whose usual spelling is one special
 * token of the vocabulary, else none. And the only way text becomes tokens here: as data, so that a file that contains
 * "<|im_end|>" stays a text about it.
 */
import type { GgufFileInfo, LlamaModel, Token } from 'node-llama-cpp';
import { declaredToken } from '../engine/modelMetadata';
import { valueAt } from '../engine/metadataValues';
import { infillFormat, type InfillFormat } from './infill/format';

/** What of a model the prompts need; a part of node-llama-cpp's LlamaModel. */
export type PromptModel = Pick<LlamaModel, 'tokenize' | 'isSpecialToken' | 'isEogToken' | 'tokens' | 'detokenize'>;

export interface ModelTokens {
  bos: number | undefined;
  repoName: number | undefined;
  fileSeparator: number | undefined;
  infill: InfillFormat | undefined;
  /** Tokens that end whatever is being generated. */
  stops(token: number): boolean;
}

/** In this order: a vocabulary that has the tokens of two families (SmolLM2) gives the two of one, StarCoder 2's before StarCoder's. */
const spellings = {
  repoName: ['<|repo_name|>', '<repo_name>', '<|reponame|>', '<reponame>'],
  fileSeparator: ['<|file_sep|>', '<|file_separator|>', '<file_sep>', '<|filename|>', '<filename>'],
};

export function modelTokens(model: PromptModel, header: GgufFileInfo): ModelTokens {
  const spelled = (text: string): number | undefined => {
    const [token, ...others] = model.tokenize(text, true);
    return token !== undefined && others.length === 0 && model.isSpecialToken(token) ? token : undefined;
  };
  const oneOf = (texts: readonly string[]) => texts.map(spelled).find((token) => token !== undefined);
  const { bos, shouldPrependBosToken } = model.tokens;
  const name = valueAt(header.metadata, 'general', 'name');
  const infill = infillFormat(model, spelled, typeof name === 'string' ? name : '');
  const repoName = declaredToken(header, 'fim_rep') ?? oneOf(spellings.repoName);
  const fileSeparator = declaredToken(header, 'fim_sep') ?? oneOf(spellings.fileSeparator);
  const boundaries = new Set<number | undefined>([
    repoName,
    fileSeparator,
    infill?.prefix,
    infill?.suffix,
    infill?.middle,
    infill?.end,
    declaredToken(header, 'fim_pad'),
  ]);
  return {
    bos: shouldPrependBosToken && bos !== null ? bos : undefined,
    repoName,
    fileSeparator,
    infill,
    stops: (token) => boundaries.has(token) || (isToken(token) && model.isEogToken(token)),
  };
}

/** node-llama-cpp brands its tokens; a whole number is all there is to check. */
export function isToken(value: number): value is Token {
  return Number.isInteger(value) && value >= 0;
}

/** Tokens of a text that is data: nothing in it can become a control token. */
export function tokenizeText(model: Pick<LlamaModel, 'tokenize'>, text: string): Uint32Array {
  return Uint32Array.from(model.tokenize(text, false));
}

/** The same for a text that follows a special token: without the space that some tokenizers put before a text. */
export function tokenizeBehind(model: Pick<LlamaModel, 'tokenize'>, text: string): Uint32Array {
  return Uint32Array.from(model.tokenize(text, false, 'trimLeadingSpace'));
}

export function concatTokens(...parts: (Uint32Array | number | undefined)[]): Uint32Array {
  const known = parts.filter((part) => part !== undefined).map((part) => (typeof part === 'number' ? Uint32Array.of(part) : part));
  const all = new Uint32Array(known.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of known) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
