/** Changes of whole lines become edits of text that never touch a sign outside those lines and never overlap each other. */
import type { Change } from './types';

/** Lines and UTF-16 columns count from 0. */
export interface TextEdit {
  start: { line: number; character: number };
  end: { line: number; character: number };
  text: string;
}

/** Lines without their ends. A text that ends with a line end has an empty last line, as in the editor. */
export const linesOf = (text: string): string[] => text.split(/\r\n|\n|\r/);

/**
 * @param lines the buffer the changes are for
 * @param changes in any order; they do not overlap
 * @param eol line end of the buffer
 */
export function textEdits(lines: readonly string[], changes: readonly Change[], eol: string): TextEdit[] {
  return joined(changes).map(({ start, from, to }) => {
    const end = start + from.length;
    if (end < lines.length) return { start: at(start), end: at(end), text: to.map((line) => line + eol).join('') };
    const last = lines.length - 1;
    const bottom = { line: last, character: lines[last]?.length ?? 0 };
    // The last line has no end of its own; the one before it lends its end when a line comes or goes.
    if (start === 0 || (from.length > 0 && to.length > 0)) return { start: at(start), end: bottom, text: to.join(eol) };
    return {
      start: { line: start - 1, character: lines[start - 1]?.length ?? 0 },
      end: bottom,
      text: to.map((line) => eol + line).join(''),
    };
  });
}

/** The lines after all changes. */
export function changedLines(lines: readonly string[], changes: readonly Change[]): string[] {
  const result: string[] = [];
  let next = 0;
  for (const { start, from, to } of joined(changes)) {
    result.push(...lines.slice(next, start), ...to);
    next = start + from.length;
  }
  return [...result, ...lines.slice(next)];
}

const at = (line: number) => ({ line, character: 0 });

/** In order of place, neighbours made one. */
function joined(changes: readonly Change[]): Change[] {
  const result: Change[] = [];
  for (const change of [...changes].sort((a, b) => a.start - b.start)) {
    const before = result.at(-1);
    if (before && before.start + before.from.length === change.start)
      result[result.length - 1] = { start: before.start, from: [...before.from, ...change.from], to: [...before.to, ...change.to] };
    else result.push(change);
  }
  return result;
}
