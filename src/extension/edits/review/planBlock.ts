/**
 * A block is offered only if it can be carried out as it stands. Each is judged alone against the live buffer and
 * what is proposed for it already, so one that is refused never takes another with it. A long file is never rewritten.
 */
import { touching } from './hunkTracking';
import { locate, type LineSpan } from '../blocks/locate';
import type { RefusalCode } from '../blocks/refusals';
import type { Change, EditBlock } from '../types';

/** Lines; a file up to this length may change as a whole. */
const longFile = 200;
/** Part of a long file's lines that one answer may change. */
const largestPart = 0.6;
/** Lines of new text in one block. */
const longestText = 5000;

/** What has been proposed for a file so far. */
export interface Proposed {
  /** Still to be decided. */
  pending: readonly Change[];
  /** Lines this answer has proposed to replace so far, decided or not. */
  replaced: number;
}

export type Planned = { changes: Change[] } | { refused: RefusalCode };

/**
 * @param file lines of the live buffer; undefined when there is no such file yet
 * @param near lines the person has selected in it
 */
export function planBlock(
  block: EditBlock,
  file: { path: string; lines: readonly string[] | undefined },
  proposed: Proposed,
  near?: LineSpan,
): Planned {
  if (block.replace.length > longestText) return { refused: 'too-long' };
  const { path, lines } = file;
  if (!lines && block.search.some((line) => line.trim() !== '')) return { refused: 'missing' };
  const found = locate(lines ?? [], block, path, near);
  if ('refused' in found) return found;
  if (found.changes.some((change) => proposed.pending.some((other) => touching(change, other)))) return { refused: 'overlap' };
  const replaced = proposed.replaced + replacedLines(found.changes);
  if (lines && lines.length > longFile && replaced > lines.length * largestPart) return { refused: 'rewrite' };
  return found;
}

export const replacedLines = (changes: readonly Change[]): number => changes.reduce((sum, { from }) => sum + from.length, 0);
