/**
 * The model is shown the whole file when it is short, else the lines in question with as many around them as allowed:
 * it can only quote exactly what it has before it.
 */
import type { LineSpan } from '../blocks/locate';

/** Lines to show at most; the next size is tried when the model's memory has no room for one. */
export const excerptSizes = [400, 120, 40] as const;

/** @returns the lines to show; the span itself is never cut, however long it is */
export function excerpt(lineCount: number, { first, last }: LineSpan, most: number): LineSpan {
  if (lineCount <= most) return { first: 0, last: Math.max(0, lineCount - 1) };
  const spare = Math.max(0, most - (last - first + 1));
  const start = Math.max(0, Math.min(first - Math.floor(spare / 2), lineCount - (last - first + 1) - spare));
  return { first: start, last: Math.min(lineCount - 1, Math.max(last, start + most - 1)) };
}
