/**
 * Going on with a file: what stands before the cursor, as the repository was read, and nothing behind it. That is what
 * every language model can do, so it is the way of one that was taught nothing else; and of one that was taught to fill
 * in, but does this better (`goesOn` of a family). In the middle of a line what follows has to be seen.
 */
import type { LlamaModel } from 'node-llama-cpp';
import { concatTokens, type ModelTokens } from '../modelTokens';
import { fileHead } from '../repositoryPrompt';
import type { InfillPrompt, InfillRequest } from './infillPrompt';
import { lastLine, prefixWindow, type InfillLimits } from './windows';

/** @param context what is told before, as tokens, where the file is shown from this character of the prefix on */
export function continuationPrompt(
  model: Pick<LlamaModel, 'tokenize' | 'detokenize'>,
  tokens: ModelTokens,
  { path, prefix }: Pick<InfillRequest, 'path' | 'prefix'>,
  limits: Pick<InfillLimits, 'prefix'>,
  context: (from: number) => Uint32Array,
): InfillPrompt {
  const { tokens: before, from } = prefixWindow(model, prefix.slice(0, prefix.length - openSpace(prefix)), limits.prefix);
  const front = concatTokens(context(from), fileHead(model, tokens, path));
  return { tokens: concatTokens(front, before), stable: front.length + before.length - lastLine(model, before) };
}

/**
 * Characters at the end of a text that are left to the model: tokenizers make a space one token with the next word, so after
 * a space alone a model writes what seldom follows one (Gemma 3 goes on with `2 * a` after `return `, with ` a * b` after `return`).
 */
function openSpace(prefix: string): 0 | 1 {
  return prefix.endsWith(' ') ? 1 : 0;
}

/** What of the written text belongs at the cursor: the space that was left to the model is there already. */
export function behindCursor(text: string, prefix: string): string {
  return text.startsWith(' ') ? text.slice(openSpace(prefix)) : text;
}

/** Whether nothing but brackets and signs stands behind the cursor on its line. */
export function atLineEnd(suffix: string): boolean {
  return /^[^\p{L}\p{N}\n]*(?:\n|$)/u.test(suffix);
}

/** A model that goes on does not say where what it was asked for ends; a blank line does, where no syntax does. */
export function paragraphEnded(text: string): boolean {
  return /\S[^]*\n[ \t\r]*\n/.test(text);
}
