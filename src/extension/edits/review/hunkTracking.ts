/**
 * A proposed change keeps its place while the buffer changes around it, by what the editor says was changed. When its
 * own lines were touched it is looked for once, with its neighbours, and given up unless it is found in exactly one place.
 * A change is never kept where the buffer does not hold, line for line, what it replaces.
 */
import type { Change, Hunk } from '../types';

/** What the editor reports: the range is in the text before, `text` took its place. */
export interface BufferChange {
  range: { start: { line: number; character: number }; end: { line: number; character: number } };
  text: string;
}

export interface Followed {
  hunks: Hunk[];
  /** Those whose place is gone. */
  lost: Hunk[];
}

/** @param lines the buffer as it is now */
export function followHunks(hunks: readonly Hunk[], changes: readonly BufferChange[], lines: readonly string[]): Followed {
  const spans = changes.map(lineSpan);
  const kept: Hunk[] = [];
  const lost: Hunk[] = [];
  for (const hunk of hunks) {
    const start = shifted(hunk, spans);
    const found = start !== undefined && stands(hunk, start, lines) ? moved(hunk, start, lines) : relocated(hunk, lines);
    if (found && !kept.some((other) => touching(other, found))) kept.push(found);
    else lost.push(hunk);
  }
  return { hunks: kept, lost };
}

/** The hunk at the one place where its lines stand between its neighbours, if there is one. */
export function relocated(hunk: Hunk, lines: readonly string[]): Hunk | undefined {
  const places: number[] = [];
  for (let start = 0; start + hunk.from.length <= lines.length; start++)
    if (lines[start - 1] === hunk.before && lines[start + hunk.from.length] === hunk.after && stands(hunk, start, lines))
      places.push(start);
  const [place, second] = places;
  return place !== undefined && second === undefined ? moved(hunk, place, lines) : undefined;
}

/** Whether two changes claim a line in common, or the same gap between lines. */
export function touching(a: Change, b: Change): boolean {
  const endA = a.start + a.from.length;
  const endB = b.start + b.from.length;
  if (a.start === b.start && (a.from.length === 0 || b.from.length === 0)) return true;
  return a.start < endB && b.start < endA;
}

/** Whether the buffer holds what the change replaces, at this line. */
export function stands({ from }: Change, start: number, lines: readonly string[]): boolean {
  return start + from.length <= lines.length && from.every((line, index) => lines[start + index] === line);
}

interface LineSpan {
  /** Lines [start, end) of the text before; empty when whole lines were inserted before `start`. */
  start: number;
  end: number;
  /** By how many lines the text grew. */
  growth: number;
}

function lineSpan({ range, text }: BufferChange): LineSpan {
  const { start, end } = range;
  const growth = (text.match(/\r\n|\r|\n/g)?.length ?? 0) - (end.line - start.line);
  // From line start to line start, and what comes in ends with a line end: the line at the end is only pushed.
  const whole = start.character === 0 && end.character === 0 && (text === '' || /[\r\n]$/.test(text));
  return { start: start.line, end: whole ? end.line : end.line + 1, growth };
}

/** Where the hunk begins now; undefined when a change reached into it or, for an insertion, to both its neighbours. */
function shifted(hunk: Hunk, spans: readonly LineSpan[]): number | undefined {
  const end = hunk.start + hunk.from.length;
  let { start } = hunk;
  let above = true;
  let below = true;
  for (const span of spans) {
    if (span.end <= hunk.start) {
      start += span.growth;
      if (span.end === hunk.start) above = false;
    } else if (span.start >= end) {
      if (span.start === end) below = false;
    } else return undefined;
  }
  return hunk.from.length > 0 || above || below ? start : undefined;
}

function moved(hunk: Hunk, start: number, lines: readonly string[]): Hunk {
  return { ...hunk, start, before: lines[start - 1], after: lines[start + hunk.from.length] };
}
