/**
 * An infill of several lines ends where a line is indented less than the block the cursor stands in. The line that
 * closes the block still belongs to it, unless it stands behind the cursor already.
 */
import { isWritten, linesOf, nextLine, type Around, type Filter } from './around';
import { indentOf, indentStyle, widthOf } from './indentStyle';

const closing = /^(?:[)\]}]|<\/|(?:end|fi|done|esac)\b)/;
const goesOn = /^(?:[)\]}].*(?:[{([:]|=>)$|(?:else|elif|elsif|elseif|except|catch|finally|rescue|ensure|when|case|default)\b)/;
/** Stands at the beginning of its line however deep the code is. */
const directive = /^#(?:if|ifdef|ifndef|else|elif|endif|define|undef|include|pragma|region|endregion)\b/;

export const cutAtDedent: Filter = (text, around) => {
  const [first = '', ...others] = linesOf(text);
  if (others.length === 0) return text;
  const { step } = indentStyle(around);
  const width = (line: string) => widthOf(indentOf(line), step);
  const below = others.find(isWritten);
  const own = width(isWritten(first) ? around.lineBefore + first : around.lineBefore);
  // In the middle of a line, the block is the one that begins here, if one does.
  const begun = isWritten(around.lineBefore) && below !== undefined && width(below) > own;
  for (const [i, line] of others.entries()) {
    const trimmed = line.trim();
    if (!isWritten(line) || directive.test(trimmed) || width(line) > own || (!begun && width(line) === own)) continue;
    const before = [first, ...others.slice(0, i)].join('\n');
    if (begun && width(line) === own && goesOn.test(trimmed)) continue;
    const closes = closing.test(trimmed) && !goesOn.test(trimmed) && (!begun || width(line) === own);
    return closes && !standsBehind(line, around) ? `${before}\n${line}` : before;
  }
  return text;
};

function standsBehind(line: string, around: Around): boolean {
  const next = nextLine(around);
  return next !== undefined && next.trimEnd() === line.trimEnd();
}
