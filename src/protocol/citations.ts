/**
 * A model writes `path:line` and may be wrong. What looks like a citation is taken out of the streaming text,
 * so that it can be checked before it is shown as a link; code blocks are left alone.
 */
import { citedLines, citedPath } from './citationForm';

export type Piece =
  | { kind: 'text'; text: string }
  /** Lines count from 1. `text` is what stands there when the citation does not hold. */
  | { kind: 'citation'; text: string; path: string; line: number; endLine: number };

/** `src/a.ts:12`, `src/a.ts:12-20`, `a.ts#L12`; a path has a file extension. */
const citation = new RegExp(String.raw`^(?<before>[(["'*_\x60]*)(?<path>${citedPath})${citedLines}(?<after>[)\]"'*_\x60.,;:!?]*)$`, 'u');
/** Longer words are no paths, and are not waited for. */
const longestWord = 400;

export class CitationStream {
  #held = '';
  #atLineStart = true;
  #inFence = false;

  /** @returns what may be shown now */
  push(text: string): Piece[] {
    const all = this.#held + text;
    // The last word may go on.
    const end = /\S*$/.exec(all)?.index ?? all.length;
    const complete = all.length - end > longestWord ? all.length : end;
    this.#held = all.slice(complete);
    return this.#pieces(all.slice(0, complete));
  }

  /** @returns what was held back */
  end(): Piece[] {
    const rest = this.#held;
    this.#held = '';
    return this.#pieces(rest);
  }

  #pieces(text: string): Piece[] {
    const pieces: Piece[] = [];
    const say = (said: string) => {
      const last = pieces.at(-1);
      if (said === '') return;
      if (last?.kind === 'text') last.text += said;
      else pieces.push({ kind: 'text', text: said });
    };
    for (const [word] of text.matchAll(/\s+|\S+/g)) {
      if (/^\s/.test(word)) {
        if (word.includes('\n')) this.#atLineStart = true;
        say(word);
        continue;
      }
      if (this.#atLineStart && /^(```|~~~)/.test(word)) this.#inFence = !this.#inFence;
      this.#atLineStart = false;
      const found = this.#inFence ? undefined : citation.exec(word)?.groups;
      if (!found) {
        say(word);
        continue;
      }
      const { before = '', path = '', line = '1', end = line, after = '' } = found;
      const [opening, closing] = withoutBackticks(before, after);
      say(opening);
      pieces.push({
        kind: 'citation',
        text: word.slice(opening.length, word.length - closing.length),
        path,
        line: Number(line),
        endLine: Math.max(Number(line), Number(end)),
      });
      say(closing);
    }
    return pieces;
  }
}

/** A link is no code: backticks around it go with it. */
function withoutBackticks(before: string, after: string): [string, string] {
  if (!before.endsWith('`') || !after.startsWith('`')) return [before, after];
  return [before.replace(/`+$/, ''), after.replace(/^`+/, '')];
}
