/**
 * No line of an infill ends with white space, and the infill does not end with empty lines. Before text on the
 * cursor's own line a last space parts two words, and stays.
 */
import { linesOf, type Filter } from './around';

export const withoutTrailingSpace: Filter = (text, { lineAfter }) => {
  const lines = linesOf(text);
  const last = lines.length - 1;
  const parting = lineAfter.trim() !== '' && !/^\s/.test(lineAfter);
  const kept = lines.map((line, i) => (i === last && parting ? line : line.trimEnd())).join('\n');
  return parting ? kept : kept.trimEnd();
};
