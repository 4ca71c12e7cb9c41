/**
 * What ghost text would have to know: the definitions of the names around a cursor that it cannot see, the nearest names
 * first, then those that the file imports. Only names that are defined somewhere count, so keywords and local variables
 * take no room.
 */
import { importedNames } from './importedNames';
import { chooseSpans, type SourceSpan } from './spans';
import type { RecallIndex } from './types';
import { identifiersIn } from './identifiers';

export interface Cursor {
  path: string;
  /** Of the cursor, from 1. */
  line: number;
  /** What stands before and after it, as far as it is in the prompt. */
  before: string;
  after: string;
}

/** Lines that are looked at. */
const linesBefore = 6;
const linesAfter = 2;
const mostNames = 24;
const shortestName = 3;

/** @param options.budget tokens @param options.count tokens of a text */
export function recallForCursor(
  index: RecallIndex,
  cursor: Cursor,
  options: { budget: number; count: (text: string) => number },
): SourceSpan[] {
  const before = cursor.before.split('\n');
  const after = cursor.after.split('\n');
  const near = [...before.slice(-linesBefore).toReversed(), ...after.slice(0, linesAfter)];
  const nearby = near.flatMap((line) => identifiersIn(line).toReversed());
  const names = new Set([...nearby, ...importedNames(before)].filter((name) => name.length >= shortestName));
  const visible = { path: cursor.path, startLine: cursor.line - before.length + 1, endLine: cursor.line + after.length - 1 };
  const candidates = index.definitionsOf([...names].slice(0, mostNames), [visible]);
  return chooseSpans(candidates, { ...options, leastShare: 0 });
}
