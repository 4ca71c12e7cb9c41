/** Rows of the archive in the place of source that a prompt has: chosen for the prompt, then put into a sequence. */
import { messageOf } from '../../protocol/messageOf';
import type { AskParams } from '../../protocol';
import { log } from '../engine/llama';
import type { LoadedModel } from '../engine/loadedModel';
import type { Sequence, Work } from '../engine/sequence';
import type { LineRows, SourceRows } from '../memory/sourceRows';
import type { ChatPrompt } from '../prompt/chatPrompt';
import { tokenizeText } from '../prompt/modelTokens';
import { sourceBlock } from '../prompt/sourceBlock';
import { promptWithPlaces, type SourcePlace } from '../prompt/sourcePlaces';
import type { SourceSpan } from './spans';

export interface PlacedPrompt extends ChatPrompt {
  /** Of rows, in their order. */
  places: SourcePlace<LineRows>[];
}

/**
 * The prompt with rows of the archive in the place of text that would take long to read; as it is where there are none.
 * @param recalled the best first @param prompt the same with all of it as text
 */
export async function promptWithRows(
  { model, chatTemplate }: Pick<LoadedModel, 'model' | 'chatTemplate'>,
  rows: Pick<SourceRows, 'choose'>,
  params: AskParams,
  recalled: readonly SourceSpan[],
  prompt: ChatPrompt,
): Promise<PlacedPrompt> {
  const { attachments = [], textTokens } = params;
  const attached = attachments.map((lines) => ({ lines, tokens: tokenizeText(model, sourceBlock(lines)).length }));
  // What was attached by the person comes first, then the best that was found, which stands last.
  const sources = [...attached, ...recalled.toReversed().map((lines) => ({ lines, tokens: lines.tokens }))];
  try {
    const chosen = await rows.choose(sources, textTokens);
    if (chosen.size > 0)
      return promptWithPlaces(model, chatTemplate, { ...params, ...(recalled.length > 0 ? { recalled } : {}) }, (lines) =>
        chosen.get(lines),
      );
  } catch (error) {
    log(`Source could not be taken from the archive for the question, its text is read instead: ${messageOf(error)}`);
  }
  return { ...prompt, places: [] };
}

/**
 * Reads up to the last place of rows, and puts the rows there.
 * @param tokens what is left to read @param places among it
 * @param onPut told of what was put: how many tokens, in how many milliseconds
 * @returns how many of the tokens have been read or put
 * @throws as `Sequence.evaluate`
 */
export async function putPlaces(
  tokens: Uint32Array,
  places: readonly SourcePlace<LineRows>[],
  { rows, sequence }: { rows: Pick<SourceRows, 'put'>; sequence: Sequence },
  work: Work,
  onPut: (of: LineRows, tokens: number, milliseconds: number) => void,
): Promise<number> {
  let at = 0;
  for (const { start, end, of } of places) {
    // Of rows that are in the sequence in part the others are left.
    const first = Math.max(start + of.lead, at);
    if (end <= first) continue;
    await sequence.evaluate(tokens.subarray(at, first), work);
    const began = performance.now();
    const put = await rows.put(of, of.to - (end - first), sequence, work);
    onPut(of, put, performance.now() - began);
    at = first + put;
  }
  return at;
}
