/**
 * Next-line edit similarity: the lines that follow a text are written greedily, one at a time, each after the true ones
 * before it, and compared by normalised Levenshtein distance. What a programmer would have to correct.
 */
import { distance } from 'fastest-levenshtein';
import type { OpenModel } from '../../sidecar/engine/openModel';
import { isToken } from '../../sidecar/prompt/modelTokens';

export interface HeldOutLine {
  /** Tokens of the tail before the line, at least one. */
  start: number;
  end: number;
  text: string;
}

const shortestLine = 8;
/** A line the model does not end is cut here. */
export const longestLineTokens = 48;

/** Lines of the tail worth predicting: not short, not too long, the first and the last (which may be cut) left out. */
export function heldOutLines(
  model: Pick<OpenModel['model'], 'detokenize'>,
  tail: Uint32Array,
  endsLine: (token: number) => boolean,
  most: number,
): HeldOutLine[] {
  const lines: HeldOutLine[] = [];
  let start = -1;
  for (const [i, token] of tail.entries()) {
    if (!endsLine(token)) continue;
    if (start > 0 && lines.length < most && i + 1 - start <= longestLineTokens) {
      const text = model.detokenize([...tail.subarray(start, i + 1)].filter(isToken), false).trim();
      if (text.length >= shortestLine) lines.push({ start, end: i + 1, text });
    }
    start = i + 1;
  }
  return lines;
}

/** 1: equal; 0: nothing in common. White space around does not count. */
export function similarity(a: string, b: string): number {
  const [left, right] = [a.trim(), b.trim()];
  const longest = Math.max(left.length, right.length);
  return longest === 0 ? 1 : 1 - distance(left, right) / longest;
}
