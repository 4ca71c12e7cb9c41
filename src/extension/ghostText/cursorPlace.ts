/**
 * The engine is sent the lines around the cursor, with line feeds whatever line ends the document has. Where
 * the sent part begins does not move while one types, or nothing that was read or answered before could be used again.
 */

/** What of a document is looked at; a `vscode.TextDocument` is one. It lives, so it is asked again after every wait. */
export interface GhostDocument {
  readonly lineCount: number;
  readonly version: number;
  readonly isClosed: boolean;
  readonly languageId: string;
  lineAt(line: number): { readonly text: string };
}

/** Both from 0; the character counts UTF-16 units. */
export interface Cursor {
  line: number;
  character: number;
}

/** The entry of the editor's suggestion list that is selected now: what it puts in place of which part of the line. */
export interface SelectedEntry {
  start: number;
  end: number;
  text: string;
}

export interface CursorPlace {
  /** The document's address, which tells it from others that have the same path. */
  document: string;
  /** As the repository memory names it. */
  path: string;
  languageId: string;
  /** The line of the document, from 1, that `prefix` begins with. */
  startLine: number;
  prefix: string;
  suffix: string;
}

/** Transport limits in characters; the sidecar cuts by tokens. The part before the cursor is a little longer than this. */
export const sentBefore = 16_000;
export const sentAfter = 8_000;
/** What is sent begins at a line whose number this divides. */
const step = 64;

/**
 * @param entry the document is taken as though this had been accepted
 * @returns the place, and the length of the longest line that is sent, UTF-16 units
 */
export function placeAt(
  document: GhostDocument,
  name: Pick<CursorPlace, 'document' | 'path'>,
  cursor: Cursor,
  entry?: SelectedEntry,
): { place: CursorPlace; longestLine: number } {
  const line = document.lineAt(cursor.line).text;
  let first = cursor.line;
  for (let length = 0; first > 0 && length < sentBefore; first--) length += document.lineAt(first - 1).text.length + 1;
  first -= first % step;
  let longestLine = line.length;
  let prefix = '';
  for (let i = first; i < cursor.line; i++) {
    const { text } = document.lineAt(i);
    prefix += `${text}\n`;
    longestLine = Math.max(longestLine, text.length);
  }
  prefix += entry ? line.slice(0, entry.start) + entry.text : line.slice(0, cursor.character);

  let suffix = line.slice(entry?.end ?? cursor.character);
  for (let i = cursor.line + 1; i < document.lineCount && suffix.length < sentAfter; i++) {
    const { text } = document.lineAt(i);
    suffix += `\n${text}`;
    longestLine = Math.max(longestLine, text.length);
  }
  return {
    place: { ...name, languageId: document.languageId, startLine: first + 1, prefix, suffix: suffix.slice(0, sentAfter) },
    longestLine,
  };
}

export const lineBefore = ({ prefix }: Pick<CursorPlace, 'prefix'>): string => prefix.slice(prefix.lastIndexOf('\n') + 1);

export function lineAfter({ suffix }: Pick<CursorPlace, 'suffix'>): string {
  const end = suffix.indexOf('\n');
  return end < 0 ? suffix : suffix.slice(0, end);
}
