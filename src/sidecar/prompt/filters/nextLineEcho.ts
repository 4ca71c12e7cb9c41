/**
 * An infill ends where it comes to the next line of the file and goes on writing it again, and it is none when all
 * of its lines are the next ones of the file.
 */
import { isWritten, linesOf, nextLine, type Filter } from './around';
import { indentOf } from './indentStyle';

/** Characters; a shorter line, such as a closing brace, may rightly come twice. */
const shortest = 4;
/** And a shorter one than this, such as an else, at another depth. */
const telling = 8;

export const cutAtNextLine: Filter = (text, around) => {
  const next = nextLine(around)?.trimEnd();
  if (next === undefined || next.trim().length < shortest) return text;
  const [first = '', ...others] = linesOf(text);
  const written = [around.lineBefore + first + (others.length > 0 ? '' : around.lineAfter), ...others].filter(isWritten);
  const following = linesOf(around.suffix).slice(1).filter(isWritten);
  if (isWritten(first) && written.every((line, i) => line.trim() === following[i]?.trim())) return '';
  const repeated = others.findIndex(
    (line) => line.trim() === next.trim() && (next.trim().length >= telling || indentOf(line) === indentOf(next)),
  );
  return repeated < 0 ? text : [first, ...others.slice(0, repeated)].join('\n');
};
