/** Policy: an infill ends where it comes to the next line of the file and goes on writing it again. */
import { linesOf, nextLine, type Filter } from './around';

/** Characters; a shorter line, such as a closing brace, may rightly come twice. */
const shortest = 4;

export const cutAtNextLine: Filter = (text, around) => {
  const next = nextLine(around)?.trim();
  if (next === undefined || next.length < shortest) return text;
  const [first = '', ...others] = linesOf(text);
  if ((around.lineBefore + first + (others.length > 0 ? '' : around.lineAfter)).trim() === next && first.trim() !== '') return '';
  const repeated = others.findIndex((line) => line.trim() === next);
  return repeated < 0 ? text : [first, ...others.slice(0, repeated)].join('\n');
};
