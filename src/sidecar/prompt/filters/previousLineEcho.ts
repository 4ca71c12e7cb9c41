/**
 * An infill that writes the line or the lines before the cursor once more is none. Lines without a word in them,
 * and those that only close something, come several times in good code.
 */
import { isWritten, linesBefore, linesOf, type Filter } from './around';

/** Characters. */
const shortest = 4;
const closing = /^(?:<\/|end\b|break\b|continue\b|pass\b|else\b|return;?$)/;

export const withoutPreviousLine: Filter = (text, around) => {
  const [first = '', ...others] = linesOf(text);
  if (!isWritten(first) && others.length === 0) return text;
  const written = [around.lineBefore + first + (others.length > 0 ? '' : around.lineAfter), ...others].filter(isWritten);
  const before = linesBefore(around).slice(-written.length);
  if (written.some(isTelling) && sameLines(before, written)) return '';
  // The cursor's line may be the last of several that come again.
  const own = linesOf(text).filter(isWritten);
  const upToCursor = [...linesBefore(around), around.lineBefore].slice(-own.length);
  return own.length > 1 && own.some(isTelling) && sameLines(upToCursor, own) ? '' : text;
};

function isTelling(line: string): boolean {
  const trimmed = line.trim();
  return trimmed.length >= shortest && /\p{L}/u.test(trimmed) && !closing.test(trimmed);
}

const sameLines = (a: string[], b: string[]): boolean => a.length === b.length && a.every((line, i) => line.trim() === b[i]?.trim());
