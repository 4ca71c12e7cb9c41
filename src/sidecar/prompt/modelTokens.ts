/**
 * The special tokens a prompt is built from: those the GGUF declares, else those whose usual spelling is one special
 * token of the vocabulary, else none. And the only way text becomes tokens here: as data, so that a file that contains
 * "<|im_end|>" stays a text about it.
 */
import type { GgufFileInfo, LlamaModel, Token } from 'node-llama-cpp';
import { declaredToken } from '../engine/modelMetadata';

/** What of a model the prompts need; a part of node-llama-cpp's LlamaModel. */
export type PromptModel = Pick<LlamaModel, 'tokenize' | 'isSpecialToken' | 'isEogToken' | 'tokens' | 'detokenize'>;

export interface ModelTokens {
  bos: number | undefined;
  repoName: number | undefined;
  fileSeparator: number | undefined;
  infill: { prefix: number; suffix: number; middle: number } | undefined;
  /** Tokens that end whatever is being generated. */
  stops(token: number): boolean;
}

const spellings = {
  repoName: ['<|repo_name|>', '<reponame>', '<repo_name>'],
  fileSeparator: ['<|file_sep|>', '<|file_separator|>', '<file_sep>', '<filename>'],
};

export function modelTokens(model: PromptModel, header: GgufFileInfo): ModelTokens {
  const spelled = (texts: string[]): number | undefined => {
    for (const text of texts) {
      const tokens = model.tokenize(text, true);
      if (tokens.length === 1 && model.isSpecialToken(tokens[0])) return tokens[0];
    }
    return undefined;
  };
  const { bos, shouldPrependBosToken, infill } = model.tokens;
  const { prefix, suffix, middle } = infill;
  const repoName = declaredToken(header, 'fim_rep') ?? spelled(spellings.repoName);
  const fileSeparator = declaredToken(header, 'fim_sep') ?? spelled(spellings.fileSeparator);
  const boundaries = new Set<number | undefined | null>([
    repoName,
    fileSeparator,
    prefix,
    suffix,
    middle,
    declaredToken(header, 'fim_pad'),
  ]);
  return {
    bos: shouldPrependBosToken && bos !== null ? bos : undefined,
    repoName,
    fileSeparator,
    infill: prefix !== null && suffix !== null && middle !== null ? { prefix, suffix, middle } : undefined,
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
