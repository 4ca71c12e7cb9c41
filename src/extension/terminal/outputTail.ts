/**
 * Of a terminal's output its end is kept, as a person would read it: no control sequences, of a line that was drawn
 * again and again its last state, nothing invisible. Programs write to a terminal what they like, so all of it is data.
 */
import { stripVTControlCharacters } from 'node:util';
import { withoutHiddenCharacters } from '../edits/blocks/hiddenCharacters';

/** Characters that are kept as they come, control sequences included. */
const longestKept = 200_000;
/** Characters of one line. */
const longestLine = 2000;

export class OutputTail {
  #text = '';

  add(text: string): void {
    this.#text += text;
    // Not at every piece: a long text is copied by it.
    if (this.#text.length > 2 * longestKept) this.#text = this.#text.slice(-longestKept);
  }

  get text(): string {
    return readable(this.#text.slice(-longestKept));
  }
}

export function readable(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => withoutHiddenCharacters(lastState(line).slice(0, longestLine)).trimEnd());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}

/** What is seen of a line after its last return of the carriage. */
function lastState(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === '\r') end--;
  return line.slice(line.lastIndexOf('\r', end - 1) + 1, end);
}
