/** Text that goes with a question names its lines; what is empty or too long to be read into a message is none. */
import type { SourceLines } from '../../protocol';

/** Characters of one attachment; more is never read into a message. */
export const longestSource = 400_000;

/** @param before lines before the first one @returns nothing when there is no text in it, or too much */
export function sourceText(path: string, text: string, before = 0): SourceLines | undefined {
  if (text.length > longestSource || text.trim() === '') return undefined;
  const lines = text.replace(/\n$/, '').split('\n').length;
  return { path, startLine: before + 1, endLine: before + lines, text };
}
