/**
 * What a person edited lately elsewhere tells what the next edit is about. The latest ten places are remembered as
 * lines of open documents, and their text is taken when it is asked for, so it is never an old one. Edits near each other
 * are one place; what is pasted or reloaded by the page is nobody's edit. The sidecar uses only files that it may read.
 */
import type { SourceLines } from '../../protocol';
import type { GhostDocument, CursorPlace } from './cursorPlace';

/** Lines from 0. */
export interface LineChange {
  start: number;
  /** Last line that was replaced, as counted before. */
  end: number;
  /** Line ends that came in their place. */
  added: number;
}

interface Edited {
  document: GhostDocument;
  address: string;
  path: string;
  start: number;
  end: number;
}

const mostPlaces = 10;
/** Lines between two edits that are one. */
const near = 4;
const around = 1;
const longestPlace = 24;
/** Lines; a change of more at once is a formatter, a branch or a paste. */
const largestChange = 60;
/** UTF-16 units, of all places together and of a line. */
const mostCharacters = 6000;
const longestLine = 400;

export class RecentEdits {
  /** The latest last. */
  #edits: Edited[] = [];

  note(document: GhostDocument, name: Pick<CursorPlace, 'document' | 'path'>, { start, end, added }: LineChange): void {
    const address = name.document;
    const moved = added - (end - start);
    const others = this.#edits.flatMap((edit) => {
      if (edit.address !== address || edit.end < start) return [edit];
      if (edit.start > end) return [{ ...edit, start: edit.start + moved, end: edit.end + moved }];
      // What is left of a place that the change reaches into.
      const left = { ...edit, start: Math.min(edit.start, start), end: Math.max(start, edit.end + moved) };
      return left.end < left.start ? [] : [left];
    });
    if (end - start > largestChange || added > largestChange) {
      this.#edits = others;
      return;
    }
    const place: Edited = { document, address, path: name.path, start, end: start + added };
    const joined = others.filter((edit) => edit.address === address && edit.start <= place.end + near && place.start <= edit.end + near);
    place.start = Math.min(place.start, ...joined.map((edit) => edit.start));
    place.end = Math.max(place.end, ...joined.map((edit) => edit.end));
    if (place.end - place.start >= longestPlace) {
      place.start = Math.max(place.start, Math.min(start, place.end - longestPlace + 1));
      place.end = Math.min(place.end, place.start + longestPlace - 1);
    }
    this.#edits = [...others.filter((edit) => !joined.includes(edit)), place].slice(-mostPlaces);
  }

  forget(address: string): void {
    this.#edits = this.#edits.filter((edit) => edit.address !== address);
  }

  /** The latest last; nothing that the place itself shows. */
  elsewhere({ document, startLine, prefix, suffix }: CursorPlace): SourceLines[] {
    const lastLine = startLine + lineEnds(prefix) + lineEnds(suffix);
    const found: SourceLines[] = [];
    let left = mostCharacters;
    for (const edit of this.#edits.toReversed()) {
      if (edit.document.isClosed) continue;
      const first = Math.max(0, edit.start - around);
      const last = Math.min(edit.document.lineCount - 1, edit.end + around);
      if (edit.address === document && first + 1 <= lastLine && last + 1 >= startLine) continue;
      const lines = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => edit.document.lineAt(first + i).text);
      const text = lines.join('\n');
      if (text.trim() === '' || text.length > left || lines.some(({ length }) => length > longestLine)) continue;
      if (found.some((other) => other.text === text)) continue;
      left -= text.length;
      found.push({ path: edit.path, startLine: first + 1, endLine: last + 1, text });
    }
    return found.toReversed();
  }
}

const lineEnds = (text: string): number => text.split('\n').length - 1;
