/**
 * The difference between old and new lines comes from jsdiff. Changes with at most two unchanged lines between them
 * are one change: a person decides about what belongs together, not about every brace.
 */
import { diffArrays, diffWordsWithSpace } from 'diff';
import type { Change } from './types';

export interface Row {
  kind: 'same' | 'removed' | 'added';
  text: string;
}

const nearby = 2;
/** Edit distance at which looking further would freeze the editor; the lines then count as all changed. */
const maxEditLength = 4000;
const longestWordDiff = 1000;

/** Old and new lines in one column, the removed before the added. */
export function rows(from: readonly string[], to: readonly string[]): Row[] {
  const parts = diffArrays([...from], [...to], { maxEditLength });
  if (!parts) return [...from.map(row('removed')), ...to.map(row('added'))];
  const result: Row[] = [];
  let pending: Row[] = [];
  for (const { value, added, removed } of parts) {
    if (removed) result.push(...value.map(row('removed')));
    else if (added) pending.push(...value.map(row('added')));
    else {
      result.push(...pending, ...value.map(row('same')));
      pending = [];
    }
  }
  return [...result, ...pending];
}

const row =
  (kind: Row['kind']) =>
  (text: string): Row => ({ kind, text });

/** @param start line at which `from` stands */
export function changesBetween(start: number, from: readonly string[], to: readonly string[]): Change[] {
  const changes: Change[] = [];
  let line = start;
  let same: string[] = [];
  let open: { start: number; from: string[]; to: string[] } | undefined;
  for (const { kind, text } of rows(from, to)) {
    if (kind === 'same') {
      same.push(text);
      line++;
      continue;
    }
    if (open && same.length <= nearby) {
      open.from.push(...same);
      open.to.push(...same);
    } else {
      open = { start: line, from: [], to: [] };
      changes.push(open);
    }
    same = [];
    if (kind === 'removed') {
      open.from.push(text);
      line++;
    } else open.to.push(text);
  }
  return changes;
}

/** A stretch [start, end) of UTF-16 units in a line. */
export interface Stretch {
  start: number;
  end: number;
}

/** What differs within a removed line and the line that takes its place; nothing when they have little in common. */
export function wordChanges(from: string, to: string): { removed: Stretch[]; added: Stretch[] } {
  const removed: Stretch[] = [];
  const added: Stretch[] = [];
  if (from.length > longestWordDiff || to.length > longestWordDiff) return { removed, added };
  let old = 0;
  let fresh = 0;
  let kept = 0;
  for (const part of diffWordsWithSpace(from, to)) {
    const { length } = part.value;
    if (part.removed) removed.push({ start: old, end: old + length });
    else if (part.added) added.push({ start: fresh, end: fresh + length });
    else kept += part.value.trim().length;
    if (!part.added) old += length;
    if (!part.removed) fresh += length;
  }
  return kept * 2 >= Math.min(from.trim().length, to.trim().length) ? { removed, added } : { removed: [], added: [] };
}
