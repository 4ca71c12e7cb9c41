/**
 * What is shown replaces a part of the cursor's line. It begins with what was typed of the answer, so that the
 * editor keeps showing it while that is deleted again, and it covers the closers behind the cursor that the text writes
 * again. Nothing that stands in the document is lost: what is covered comes again in the text, in its order.
 */
import type { Rest } from './answer';
import type { Cursor, GhostDocument, SelectedEntry } from './cursorPlace';

export interface Suggestion {
  text: string;
  /** The part of the cursor's line that the text takes the place of. */
  start: number;
  end: number;
}

export function suggestionFrom(rest: Rest, cursor: Cursor, entry?: SelectedEntry): Suggestion | undefined {
  // The editor shows beside its list only what replaces exactly what the entry does.
  if (entry) return rest.replaces === 0 ? { text: entry.text + rest.text, start: entry.start, end: entry.end } : undefined;
  const typed = rest.typed.includes('\n') ? '' : rest.typed;
  return { text: typed + rest.text, start: cursor.character - typed.length, end: cursor.character + rest.replaces };
}

/** Whether a suggestion may be shown in a document as it is now. */
export function fits({ text, start, end }: Suggestion, document: GhostDocument, cursor: Cursor, entry?: SelectedEntry): boolean {
  if (document.isClosed || cursor.line >= document.lineCount) return false;
  const line = document.lineAt(cursor.line).text;
  if (start < 0 || start > cursor.character || end < cursor.character || end > line.length) return false;
  if (entry) return true;
  const before = line.slice(start, cursor.character);
  return text.startsWith(before) && inOrder(line.slice(cursor.character, end), text.slice(before.length));
}

/** Whether all characters of one text come in the other, in their order. The editor shows nothing else. */
function inOrder(characters: string, text: string): boolean {
  let at = -1;
  for (const character of characters) {
    at = text.indexOf(character, at + 1);
    if (at < 0) return false;
  }
  return true;
}
