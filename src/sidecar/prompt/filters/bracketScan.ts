/**
 * Brackets as far as they can be read without a grammar: those in comments, and in strings that end on their line, do not
 * count. A bracket that closes nothing closes what fits farther out; so what was misread (a bracket in a pattern) is
 * forgotten with the block around it.
 */
export interface Bracket {
  character: string;
  /** Where it stands in the text, UTF-16 units. */
  at: number;
  /** White space at the beginning of its line, UTF-16 units. */
  indent: number;
  /** Nothing but white space stands before it on its line. */
  first: boolean;
}

const partners = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);
const hashes = new Set('python ruby shellscript yaml toml perl r elixir makefile dockerfile julia powershell nim gdscript'.split(' '));

export const opens = ({ character }: Bracket): boolean => '([{'.includes(character);
export const fit = (opening: Bracket | undefined, closing: Bracket): boolean => opening?.character === partners.get(closing.character);

export function bracketsIn(text: string, languageId: string | undefined): Bracket[] {
  const found: Bracket[] = [];
  const hash = languageId !== undefined && hashes.has(languageId);
  let start = 0;
  while (start <= text.length) {
    const stop = text.indexOf('\n', start);
    const end = stop < 0 ? text.length : stop;
    const line = text.slice(start, end);
    const indent = line.length - line.trimStart().length;
    for (let i = indent; i < line.length; i++) {
      const character = line.charAt(i);
      if (hash ? character === '#' && (i === 0 || /\s/.test(line.charAt(i - 1))) : line.startsWith('//', i)) break;
      if ('"\'`'.includes(character)) i = endOfString(line, i);
      else if ('()[]{}'.includes(character)) found.push({ character, at: start + i, indent, first: i === indent });
    }
    start = end + 1;
  }
  return found;
}

/** Brackets that are still open after these, the innermost last. */
export function openAfter(brackets: readonly Bracket[], before: readonly Bracket[] = []): Bracket[] {
  let open = [...before];
  for (const bracket of brackets) {
    if (opens(bracket)) open.push(bracket);
    else {
      const partner = open.findLastIndex((opening) => fit(opening, bracket));
      if (partner >= 0) open = open.slice(0, partner);
    }
  }
  return open;
}

/** Brackets that close something that was opened before these, the innermost first. */
export function closingBefore(brackets: readonly Bracket[]): Bracket[] {
  const open: Bracket[] = [];
  const closing: Bracket[] = [];
  for (const bracket of brackets) {
    if (opens(bracket)) open.push(bracket);
    else if (fit(open.at(-1), bracket)) open.pop();
    else closing.push(bracket);
  }
  return closing;
}

/** Where a string ends that begins here; a quote without a partner on its line, as in a word, is no string. */
function endOfString(line: string, from: number): number {
  const quote = line.charAt(from);
  for (let i = from + 1; i < line.length; i++) {
    if (line.charAt(i) === '\\') i++;
    else if (line.charAt(i) === quote) return i;
  }
  return from;
}
