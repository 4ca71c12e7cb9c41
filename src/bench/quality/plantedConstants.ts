/**
 * Exact recall: constants are planted in source text, and asked for at its end. Names
 * and values are drawn per text, so nothing but the cache can know them.
 */
import { concatTokens, tokenizeText } from '../../sidecar/prompt/modelTokens';
import { loadLibrary } from '../../sidecar/engine/llama';
import { chatTemplateSource, hasChatTemplate } from '../../sidecar/engine/modelMetadata';
import type { OpenModel } from '../../sidecar/engine/openModel';
import { chatPrompt } from '../../sidecar/prompt/chatPrompt';
import { chatTemplate } from '../../sidecar/prompt/chatTemplate';
import { valueQuestion } from '../../sidecar/recall/fidelity';
import { below, type Random } from '../../sidecar/random';

type Tokenizer = Pick<OpenModel['model'], 'tokenize'>;

export interface Planted {
  name: string;
  value: string;
  /** Index of the line's first token in the text it was planted in. */
  at: number;
  /** Tokens that lead up to the value, and the value's own. */
  question: Uint32Array;
  answer: Uint32Array;
}

const words = ['TOKEN', 'LIMIT', 'PORT', 'SEED', 'CODE', 'SIZE', 'PIN'];
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const suffixLength = 3;
const smallestValue = 10_000;
const values = 90_000;

export interface Constant {
  name: string;
  value: string;
}

export function drawConstants(random: Random, count: number): Constant[] {
  const constants = new Map<string, string>();
  while (constants.size < count) {
    const suffix = Array.from({ length: suffixLength }, () => letters[below(random, letters.length)]).join('');
    constants.set(`${words[below(random, words.length)] ?? ''}_${suffix}`, String(smallestValue + below(random, values)));
  }
  return [...constants].map(([name, value]) => ({ name, value }));
}

/**
 * Plants constants at line beginnings.
 * @param tokens the text; it comes back longer by what was planted
 * @param depths 0 (start) to 1 (end), ascending
 * @param endsLine whether a token ends a line
 */
export function plant(
  model: Tokenizer,
  tokens: Uint32Array,
  depths: readonly number[],
  random: Random,
  endsLine: (token: number) => boolean,
  asker: Asker,
): { tokens: Uint32Array; planted: Planted[] } {
  const parts: Uint32Array[] = [];
  const planted: Planted[] = [];
  let from = 0;
  let length = 0; // of what has been put together
  for (const [i, constant] of drawConstants(random, depths.length).entries()) {
    const line = tokenizeText(model, `const ${constant.name} = ${constant.value};\n`);
    const wanted = Math.round((depths[i] ?? 0) * tokens.length);
    let at = Math.max(from, Math.min(wanted, tokens.length - 1));
    while (at > from && !endsLine(tokens[at - 1] ?? 0)) at--;
    // A text without line ends in reach takes the constant where it stands.
    if (at === from) at = Math.max(from, wanted);
    parts.push(tokens.subarray(from, at), line);
    length += at - from;
    planted.push({ ...constant, at: length, ...asker(constant) });
    length += line.length;
    from = at;
  }
  return { tokens: concatTokens(...parts, tokens.subarray(from)), planted };
}

/** How constants are asked for: by a chat turn, or by the beginning of their own line. */
export type Ask = 'chat' | 'code';
export type Asker = (constant: Constant) => Pick<Planted, 'question' | 'answer'>;

/** @param ask absent: by a chat turn where the model has a template for it, which it has learned to answer */
export async function askerFor(
  { model, file }: Pick<OpenModel, 'model' | 'file'>,
  ask: Ask | undefined,
): Promise<{ ask: Ask; asker: Asker }> {
  const how = ask ?? (hasChatTemplate(file.header) ? 'chat' : 'code');
  if (how === 'code') return { ask: how, asker: (constant) => byItsLine(model, constant) };
  const template = chatTemplate(await loadLibrary(), model, chatTemplateSource(file.header));
  const asker: Asker = ({ name, value }) => ({
    question: chatPrompt(model, template, { question: valueQuestion(name) }).tokens,
    answer: tokenizeText(model, value),
  });
  return { ask: how, asker };
}

/** The line up to its value, as the tokenizer cuts the whole line. */
export function byItsLine(model: Tokenizer, { name, value }: Constant): Pick<Planted, 'question' | 'answer'> {
  const upTo = tokenizeText(model, `\nconst ${name} = `);
  const whole = tokenizeText(model, `\nconst ${name} = ${value}`);
  let shared = 0;
  while (shared < upTo.length && upTo[shared] === whole[shared]) shared++;
  return { question: whole.slice(0, shared), answer: whole.slice(shared) };
}
