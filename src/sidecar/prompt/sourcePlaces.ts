/**
 * A chat turn in which lines of source stand as the tokens of the file they are from, between the fences where their text would
 * stand, so that rows of these tokens can be put there. (Rows in front of the turn answer worse: docs/results/rows.md.)
 */
import type { LlamaModel } from 'node-llama-cpp';
import type { AskParams } from '../../protocol';
import { chatPrompt, type ChatPrompt, type Turn } from './chatPrompt';
import type { ChatTemplate } from './chatTemplate';
import { concatTokens, isToken } from './modelTokens';
import type { SourceLines } from './sourceBlock';

/** Tokens [start, end) of a prompt that are those of a file. */
export interface SourcePlace<T> {
  start: number;
  end: number;
  of: T;
}

type Model = Pick<LlamaModel, 'tokenizer' | 'tokens' | 'detokenize'>;

/** @param tokensOf what stands for lines of the turn; undefined: their text */
export function promptWithPlaces<T extends { tokens: Uint32Array }>(
  model: Model,
  template: ChatTemplate,
  ask: AskParams & Pick<Turn, 'recalled'>,
  tokensOf: (lines: SourceLines) => T | undefined,
): ChatPrompt & { places: SourcePlace<T>[] } {
  const mark = unheardOf(ask);
  const placed: T[] = [];
  const marked = (lines: SourceLines): SourceLines => {
    const of = tokensOf(lines);
    return of ? { ...lines, text: mark(placed.push(of) - 1) } : lines;
  };
  // In the order of the turn.
  const recalled = ask.recalled?.map(marked);
  const attachments = ask.attachments?.map(marked);
  const prompt = chatPrompt(model, template, { ...ask, ...(recalled ? { recalled } : {}), ...(attachments ? { attachments } : {}) });
  const between = splitAt(
    model,
    prompt.tokens,
    placed.map((_, i) => mark(i)),
  );
  const parts: Uint32Array[] = [];
  const places: SourcePlace<T>[] = [];
  let at = 0;
  for (const [i, tokens] of between.entries()) {
    parts.push(tokens);
    at += tokens.length;
    const of = placed[i];
    if (!of) continue;
    parts.push(of.tokens);
    places.push({ start: at, end: at + of.tokens.length, of });
    at += of.tokens.length;
  }
  return { ...prompt, tokens: concatTokens(...parts), places };
}

/**
 * What stands between the marks, each of which the tokens hold once, in this order: one part more than there are marks. The few
 * tokens that hold a mark go with it.
 * @throws Error where a mark is missing
 */
export function splitAt(model: Pick<LlamaModel, 'detokenize'>, tokens: Uint32Array, marks: readonly string[]): Uint32Array[] {
  if (marks.length === 0) return [tokens];
  // A mark is of letters that are tokens, or parts of tokens, by themselves.
  const ends: number[] = [];
  let text = '';
  for (const token of tokens) {
    text += isToken(token) ? model.detokenize([token], true) : '';
    ends.push(text.length);
  }
  const parts: Uint32Array[] = [];
  let from = 0;
  for (const mark of marks) {
    const found = text.indexOf(mark, from === 0 ? 0 : ends[from - 1]);
    if (found < 0) throw new Error(`the prompt holds no ${mark}`);
    const first = ends.findIndex((end) => end > found);
    const last = ends.findIndex((end) => end >= found + mark.length);
    parts.push(tokens.subarray(from, first));
    from = last + 1;
  }
  return [...parts, tokens.subarray(from)];
}

/** Marks of which the conversation holds nothing. */
function unheardOf({
  question,
  history = [],
  system = '',
  begun = '',
  selection,
  attachments = [],
  recalled = [],
}: AskParams & Pick<Turn, 'recalled'>) {
  const sources = [...attachments, ...recalled, ...(selection ? [selection] : [])].flatMap(({ path, text }) => [path, text]);
  const all = [question, system, begun, ...history.map(({ text }) => text), ...sources];
  let salt = 0;
  while (all.some((text) => text.includes(`[[rows${salt}:`))) salt++;
  return (index: number) => `[[rows${salt}:${index}]]`;
}
