/**
 * Line ends. Inside Bonsai every text has line feeds: a carriage return costs tokens, confuses the model, and makes the
 * same file look like another one. What is written back into a document gets the document's own.
 */

export type LineEnd = '\n' | '\r\n' | '\r';

/** The text with line feeds alone. */
export function withLineFeeds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/** The line end that a text uses most; a line feed where it has one line. */
export function lineEndOf(text: string): LineEnd {
  if (!text.includes('\r')) return '\n';
  const counts: Record<LineEnd, number> = { '\n': 0, '\r\n': 0, '\r': 0 };
  for (const [found] of text.matchAll(/\r\n|\r|\n/g)) counts[found === '\r\n' || found === '\r' ? found : '\n']++;
  const most = Math.max(...Object.values(counts));
  return counts['\n'] === most ? '\n' : counts['\r\n'] === most ? '\r\n' : '\r';
}

/** @param text with line feeds */
export function withLineEnd(text: string, end: LineEnd): string {
  return end === '\n' ? text : text.replaceAll('\n', end);
}
