/**
 * Policy: of a terminal's output its end is kept, as a person would read it: no control sequences, of a line that was drawn
 * again and again its last state, nothing invisible. Programs write to a terminal what they like, so all of it is data.
 */
import { stripVTControlCharacters } from 'node:util';
import { withoutHiddenCharacters } from '../edits/hiddenCharacters';

/** Characters that are kept as they come, control sequences included. */
const longestKept = 200_000;
/** Characters of one line. */
const longestLine = 2000;

export class OutputTail {
  #text = '';

  add(text: string): void {
    this.#text = (this.#text + text).slice(-longestKept);
  }

  get text(): string {
    return readable(this.#text);
  }
}

export function readable(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split(/\r*\n/)
    .map((line) => withoutHiddenCharacters(line.slice(line.lastIndexOf('\r', line.length - 2) + 1).slice(0, longestLine)).trimEnd());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}
