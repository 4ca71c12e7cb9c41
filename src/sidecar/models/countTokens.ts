/**
 * Tokens as the engine will see them. A message counts with everything the chat template puts around it, so that the
 * numbers of a conversation that alternates and ends with the user add up to exactly what is read for it.
 */
import { setImmediate } from 'node:timers/promises';
import type { ChatTurn, CountTokensParams, TokenCounts } from '../../protocol';
import type { LoadedModel } from '../engine/loadedModel';
import { abortReason } from '../engine/scheduler';
import { chatPrompt } from '../prompt/chatPrompt';
import { pieceLength, tokenizeInPieces } from '../prompt/tokenizeInPieces';

type Counting = Pick<LoadedModel, 'chatTemplate'> & { model: Pick<LoadedModel['model'], 'tokenize' | 'tokenizer' | 'tokens'> };

/** Stands where a message is needed for the template's sake; it is subtracted again. */
const filler = 'x';

/** @throws the signal's reason when stopped */
export async function countTokens(counting: Counting, { texts }: CountTokensParams, signal?: AbortSignal): Promise<TokenCounts> {
  const { model } = counting;
  const alone = promptLength(counting, { question: filler });
  const tokens: number[] = [];
  for (const { text, role } of texts) {
    // Lets the word that nobody wants the numbers any more come in.
    await setImmediate();
    if (signal?.aborted) throw abortReason(signal);
    if (role === undefined) tokens.push((await tokenizeInPieces(model, text, { signal })).length);
    else if (text.length <= pieceLength) tokens.push(messageTokens(counting, role, text, alone));
    // So long a text goes to the tokenizer without its template, which is counted with another in its place.
    else tokens.push(messageTokens(counting, role, filler, alone) - 1 + (await tokenizeInPieces(model, text, { signal })).length);
  }
  return { tokens };
}

/** The head of the answer to come counts with the user's message before it. */
function messageTokens(
  counting: Counting,
  role: NonNullable<CountTokensParams['texts'][number]['role']>,
  text: string,
  alone: number,
): number {
  if (role === 'user') return promptLength(counting, { question: text });
  if (role === 'system') return Math.max(0, promptLength(counting, { question: filler, system: text }) - alone);
  const history: ChatTurn[] = [
    { role: 'user', text: filler },
    { role: 'assistant', text },
  ];
  return Math.max(0, promptLength(counting, { question: filler, history }) - 2 * alone);
}

function promptLength({ model, chatTemplate }: Counting, ask: Parameters<typeof chatPrompt>[2]): number {
  return chatPrompt(model, chatTemplate, ask).tokens.length;
}
