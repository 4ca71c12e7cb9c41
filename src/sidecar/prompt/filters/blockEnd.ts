/**
 * An infill of several lines ends with the block it was begun for. When the cursor stood in the middle of a line,
 * that is the statement of this line; on an empty line it is the block around it, and statements may follow one another.
 * This goes by brackets, for languages without a grammar; what was parsed is right already.
 */
import { isWritten, linesOf, type Filter } from './around';
import { bracketsIn, opens } from './bracketScan';

const goesOn = /^\s*(?:[)\]}.?:,]|(?:else|catch|finally|while|elif|except|rescue|ensure)\b)/;

export const cutAfterBlock: Filter = (text, { prefix, lineBefore, languageId, parsed }) => {
  const lines = linesOf(text);
  if (parsed || lines.length < 3) return text;
  const inside = bracketsIn(prefix + text, languageId).filter(({ at }) => at >= prefix.length);
  let depth = 0;
  let end = prefix.length - 1;
  let least = 0;
  for (const [i, line] of lines.entries()) {
    const start = end;
    end += line.length + 1;
    for (const bracket of inside) if (bracket.at > start && bracket.at <= end) depth += opens(bracket) ? 1 : -1;
    if (i === 0) least = Math.min(depth, isWritten(lineBefore) ? 1 : 0);
    else if (depth < least && !goesOn.test(lines.slice(i + 1).find(isWritten) ?? '')) return lines.slice(0, i + 1).join('\n');
  }
  return text;
};
