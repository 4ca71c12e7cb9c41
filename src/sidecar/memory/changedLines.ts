/**
 * Of a large file that changes a little, only the changed lines are read again, each run of them with what stands around
 * it. What a version said is remembered as one number per line, for its text may be gone.
 */
import { hash } from 'node:crypto';
import { diffArrays } from 'diff';

/** Lines counted from 1, both ends included. */
export interface Lines {
  startLine: number;
  endLine: number;
}

/** What of a file has to be read again. */
export interface FileChange {
  lines: Lines[];
  /** An estimate. */
  tokens: number;
}

/** Files of fewer tokens are read again whole: a head for every run of lines would cost as much. */
const worthMarking = 1500;
/** Lines shown around a change, so that it can be placed. */
const context = 3;
/** Changes of more lines are no small change, and slow to find. */
const mostEdits = 1000;
/** A head says the path and the lines. */
const headTokens = 24;
/** More than this share of a file is read again whole: once, and in order. */
const smallShare = 0.5;
const bytesPerMark = 4;

/** One number per line, as text; undefined where a file is too small to be worth it. */
export function marksOf(text: string, tokens: number): string | undefined {
  if (tokens < worthMarking) return undefined;
  const lines = text.split('\n');
  const marks = Buffer.alloc(lines.length * bytesPerMark);
  lines.forEach((line, i) => marks.writeUInt32LE(hash('sha1', line, 'buffer').readUInt32LE(0), i * bytesPerMark));
  return marks.toString('base64');
}

/**
 * @param tokens of the file as it is now
 * @returns undefined when it should be read whole
 */
export function changeBetween(before: string, after: string, tokens: number): FileChange | undefined {
  const now = linesOf(after);
  const parts = diffArrays(linesOf(before), now, { maxEditLength: mostEdits });
  if (!parts) return undefined;
  const lines: Lines[] = [];
  let next = 0;
  for (const { added, removed, count } of parts) {
    if (added || removed) {
      // What was removed leaves a place between two lines; those around it show that it is gone.
      const startLine = Math.max(1, next + 1 - context);
      const endLine = Math.min(now.length, next + (added ? count : 0) + context);
      const last = lines.at(-1);
      if (last && startLine <= last.endLine + 1) last.endLine = Math.max(last.endLine, endLine);
      else lines.push({ startLine, endLine });
    }
    if (!removed) next += count;
  }
  const changed = lines.reduce((sum, { startLine, endLine }) => sum + endLine - startLine + 1, 0);
  const estimate = Math.ceil((tokens * changed) / now.length) + headTokens * lines.length;
  return lines.length > 0 && estimate <= smallShare * tokens ? { lines, tokens: estimate } : undefined;
}

function linesOf(marks: string): number[] {
  const bytes = Buffer.from(marks, 'base64');
  return Array.from({ length: Math.floor(bytes.length / bytesPerMark) }, (_, i) => bytes.readUInt32LE(i * bytesPerMark));
}
