/**
 * Long texts as tokens, piece by piece: a tokenizer takes about 100 ms for each MB and nothing else happens meanwhile, so
 * others get their turn between the pieces, the word to stop among them. A text of one piece has the tokens it always has.
 */
import type { LlamaModel } from 'node-llama-cpp';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { abortReason } from '../engine/scheduler';
import { concatTokens, tokenizeBehind, tokenizeText } from './modelTokens';

/** Characters. */
export const pieceLength = 32_768;

/**
 * @param most tokens; when there are more, what follows is left out
 * @throws the signal's reason when stopped
 */
export async function tokenizeInPieces(
  model: Pick<LlamaModel, 'tokenize'>,
  text: string,
  { most = Infinity, signal }: { most?: number; signal?: AbortSignal | undefined } = {},
): Promise<Uint32Array> {
  if (text.length <= pieceLength) return tokenizeText(model, text);
  const parts: Uint32Array[] = [];
  let tokens = 0;
  for (let at = 0; at < text.length && tokens <= most;) {
    await nextTurn();
    if (signal?.aborted) throw abortReason(signal);
    const end = endOfPiece(text, at);
    const piece = text.slice(at, end);
    const part = at === 0 ? tokenizeText(model, piece) : tokenizeBehind(model, piece);
    parts.push(part);
    tokens += part.length;
    at = end;
  }
  return concatTokens(...parts);
}

/** Behind a line's end, where a tokenizer would cut as well; in a line that is longer than a piece, between two characters. */
function endOfPiece(text: string, from: number): number {
  const farthest = from + pieceLength;
  if (farthest >= text.length) return text.length;
  const line = text.lastIndexOf('\n', farthest - 1) + 1;
  if (line > from) return line;
  const split = /[\ud800-\udbff]/.test(text.charAt(farthest - 1));
  return split ? farthest - 1 : farthest;
}
