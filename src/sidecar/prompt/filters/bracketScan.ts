/**
 * Brackets as far as they can be read without a grammar: those in comments, strings and patterns do not count. A bracket
 * that closes nothing closes what fits farther out; so what was misread is forgotten with the block around it.
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

const bracket = /[()[\]{}]/;
/** A quote without a partner on its line, as in a word, is no string. */
const strings = [/"(?:\\.|[^"\\\n])*"/, /'(?:\\.|[^'\\\n])*'/, /`(?:\\.|[^`\\\n])*`/];
/** A slash where no division can be. */
const pattern = /(?<=(?:^|[(,=:[!&|?{};~^+*%<>-]|\b(?:return|typeof|case))\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//;
const tokens = (...kinds: RegExp[]): RegExp => new RegExp(kinds.map(({ source }) => source).join('|'), 'gm');
const slashTokens = tokens(/\/\*[^]*?\*\//, /\/\/.*/, ...strings, pattern, bracket);
const hashTokens = tokens(/'''[^]*?'''/, /"""[^]*?"""/, /(?<=^|\s)#.*/, ...strings, bracket);

export const opens = ({ character }: Bracket): boolean => '([{'.includes(character);
export const fit = (opening: Bracket | undefined, closing: Bracket): boolean => opening?.character === partners.get(closing.character);

export function bracketsIn(text: string, languageId: string | undefined): Bracket[] {
  const found: Bracket[] = [];
  for (const { 0: token, index: at } of text.matchAll(languageId !== undefined && hashes.has(languageId) ? hashTokens : slashTokens)) {
    if (!'()[]{}'.includes(token)) continue;
    const start = text.lastIndexOf('\n', at - 1) + 1;
    const indent = /\S/.exec(text.slice(start, at + 1))?.index ?? 0;
    found.push({ character: token, at, indent, first: start + indent === at });
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
