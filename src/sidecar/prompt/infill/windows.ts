/**
 * How much of the file around the cursor is put before the model, and where it is cut. The beginning moves in steps, not
 * with every key, and lies at a line's where there is one: what was read once stays the beginning of the next prompt.
 * What stands behind the cursor is read again with every key by most families, so it is kept short.
 */
import type { LlamaModel } from 'node-llama-cpp';
import { isToken, tokenizeBehind, tokenizeText } from '../modelTokens';

/** Tokens. */
export interface InfillLimits {
  prefix: number;
  suffix: number;
  /** What is told of the rest of the repository and of the file. */
  context: number;
}

const largestPrefix = 2048;
const smallestPrefix = 64;
const largestSuffix = 128;
const largestContext = 512;
/** Of a prefix, how far its beginning moves at once. */
const steps = 4;
/** Tokens. A key may change a word, and going back a line costs no more than that line. */
const shortestTail = 8;
const longestTail = 48;
/** Characters of which no tokenizer makes fewer than one token per 32; what lies farther is not even tokenized. */
const charactersPerToken = 32;

/** @param window tokens that the model was trained to see */
export function infillLimits(window: number): InfillLimits {
  const prefix = Math.min(largestPrefix, Math.max(smallestPrefix, Math.floor(window / 4)));
  const suffix = Math.min(largestSuffix, Math.floor(prefix / 8));
  return { prefix, suffix, context: Math.min(largestContext, Math.floor(prefix / 2)) };
}

type Windowed = Pick<LlamaModel, 'tokenize' | 'detokenize'>;

/** @returns the tokens before the cursor, and from which character of `prefix` on they are */
export function prefixWindow(model: Windowed, prefix: string, limit: number): { tokens: Uint32Array; from: number } {
  const step = Math.max(1, Math.floor(limit / steps));
  const farthest = limit * charactersPerToken;
  // At least this much is left, and what is skipped moves in steps, too.
  const skipped = Math.max(0, Math.ceil(prefix.length / farthest - 2) * farthest);
  const all = tokenizeText(model, prefix.slice(skipped));
  // Counted by whole lines: in the one that is being typed, a key may make fewer tokens of more.
  const settled = all.findLastIndex((token) => endsLine(model, token)) + 1;
  const over = Math.max(settled - (limit - step), all.length - limit);
  if (over <= 0) return { tokens: all, from: skipped };
  const start = Math.ceil(over / step) * step;
  const lineEnd = all.subarray(start - 1, start + step).findIndex((token) => endsLine(model, token));
  const tokens = all.subarray(start + Math.max(0, lineEnd));
  return { tokens, from: prefix.length - lengthOf(model, tokens) };
}

export function suffixWindow(model: Windowed, suffix: string, limit: number): Uint32Array {
  return tokenizeBehind(model, suffix.slice(0, limit * charactersPerToken)).subarray(0, limit);
}

/** Tokens at the end of a text that one more key may change, and that are read as one: the cursor's line, and not much more. */
export function lastLine(model: Windowed, tokens: Uint32Array): number {
  let length = Math.min(shortestTail, tokens.length);
  while (length < Math.min(longestTail, tokens.length) && !endsLine(model, tokens[tokens.length - length - 1] ?? 0)) length++;
  return length;
}

function endsLine(model: Windowed, token: number): boolean {
  return isToken(token) && model.detokenize([token], false).endsWith('\n');
}

/** Characters that some tokens stand for. */
function lengthOf(model: Windowed, tokens: Uint32Array): number {
  return model.detokenize([...tokens].filter(isToken), false).length;
}
