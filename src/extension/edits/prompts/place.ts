/**
 * Lines that a request is about are named by number and quoted as they are, because models count badly; long stretches
 * are named only. What is quoted stands in a fence that nothing in it can close.
 */

export interface Place {
  /** Path as the repository memory has it. */
  path: string;
  /** From 1, both included. */
  startLine: number;
  endLine: number;
  /** The lines as they are now. */
  text: string;
}

const mostQuoted = 60;

/** `line 3 of src/a.ts`, `lines 3 to 9 of src/a.ts`. */
export function named({ path, startLine, endLine }: Place): string {
  return `${startLine === endLine ? `line ${startLine}` : `lines ${startLine} to ${endLine}`} of ${path}`;
}

/** The lines themselves, to follow a sentence that names them; empty when they are many. */
export function quoted({ startLine, endLine, text }: Place): string {
  return endLine - startLine < mostQuoted ? `The lines meant are:\n${fenced(text)}\n` : '';
}

export function fenced(text: string): string {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.replace(/\n$/, '')}\n${fence}`;
}
