/** White space of an infill: its line ends, the ends of its lines, and an infill of nothing else. */
import { withLineFeeds } from '../../../repo/text/lineEnds';
import { linesOf, type Filter } from './around';

/** An infill has line feeds, whatever ends the lines of the document; the editor writes the document's own. */
export const useLineFeeds: Filter = (text) => withLineFeeds(text);

/**
 * No line of an infill ends with white space, and the infill does not end with empty lines. Before text on the
 * cursor's own line a last space parts two words, and stays.
 */
export const withoutTrailingSpace: Filter = (text, { lineAfter }) => {
  const lines = linesOf(text);
  const last = lines.length - 1;
  const parting = lineAfter.trim() !== '' && !/^\s/.test(lineAfter);
  const kept = lines.map((line, i) => (i === last && parting ? line : line.trimEnd())).join('\n');
  return parting ? kept : kept.trimEnd();
};

/** An infill of nothing but white space is none. */
export const nothingButSpace: Filter = (text) => (text.trim() === '' ? '' : text);
