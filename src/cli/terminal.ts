/**
 * What may be printed. File names, model names, paths and the model's own text come from others, and a terminal obeys
 * escape codes wherever they come from. Everything that is printed passes through here once, in `output.ts`.
 */

/** Controls (C0 with ESC, C1), line and paragraph separators, and the marks that reorder what stands on the screen. */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const named = new Map([
  ['\n', String.raw`\n`],
  ['\r', String.raw`\r`],
  ['\t', String.raw`\t`],
]);

const hex = (character: string, digits: number) => character.charCodeAt(0).toString(16).padStart(digits, '0');

/** Stays visible, so that two names that differ look different. */
function shown(character: string): string {
  return named.get(character) ?? (character < '\u0100' ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`);
}

/** One line, whatever is in it: `a\x1b[2Jb`. */
export function oneLine(text: string): string {
  return text.replace(unsafe, shown);
}

/** Text of several lines, such as an answer: line ends and tabs stay, a carriage return could only overwrite its line. */
export function severalLines(text: string): string {
  return text.replace(unsafe, (character) =>
    character === '\n' || character === '\t' ? character : character === '\r' ? '' : shown(character),
  );
}

/** The same document; what JSON allows and a terminal does not is escaped. */
export function jsonLine(document: object): string {
  return JSON.stringify(document).replace(unsafe, (character) => `\\u${hex(character, 4)}`);
}
