/**
 * Weights by line become weights by token. Tokenizers keep a line break in a token with its neighbours, never split it,
 * so counting the breaks inside each token tells the line without decoding bytes; a token counts to the line it begins in.
 */
import type { LlamaModel } from 'node-llama-cpp';
import { isToken } from '../prompt/modelTokens';

/** How many line breaks each token of a vocabulary holds, found out once per token. */
export class LineBreaks {
  private readonly known = new Map<number, number>();

  constructor(private readonly model: Pick<LlamaModel, 'detokenize'>) {}

  of(token: number): number {
    let count = this.known.get(token);
    if (count === undefined) {
      // Without another token before it, some tokenizers drop a leading space, never a line break.
      count = isToken(token) ? this.model.detokenize([token]).split('\n').length - 1 : 0;
      this.known.set(token, count);
    }
    return count;
  }
}

/**
 * @param tokens of a text
 * @param lines weight of each line, the first line first; tokens beyond the last one are neutral
 */
export function tokenWeights(tokens: Uint32Array, lines: Float32Array, breaks: LineBreaks): Float32Array {
  const weights = new Float32Array(tokens.length);
  let line = 0;
  for (const [i, token] of tokens.entries()) {
    const count = breaks.of(token);
    weights[i] = lines[line] ?? 1;
    line += count;
  }
  return weights;
}

/**
 * The tokens [from, to) of a text that begin in these lines, which count from 1, both ends included. A token that holds a line
 * break and what follows it belongs to the line before.
 */
export function tokensOfLines(
  tokens: Uint32Array,
  breaks: LineBreaks,
  { startLine, endLine }: { startLine: number; endLine: number },
): { from: number; to: number } {
  let line = 1;
  let from = tokens.length;
  for (const [i, token] of tokens.entries()) {
    if (line >= startLine && from === tokens.length) from = i;
    if (line > endLine) return { from: Math.min(from, i), to: i };
    line += breaks.of(token);
  }
  return { from, to: tokens.length };
}
