/**
 * What is reviewed is the file as it is now with every proposed change written out in it, removed lines above added
 * ones, in a document of its own. The file itself holds nothing of it before it is accepted: a crash or an automatic save in
 * the middle leaves no half of an edit behind. (Stable VS Code cannot show several new lines inside a buffer without writing
 * them into it.)
 */
import { rows, wordChanges, type Stretch } from '../inlineDiff';
import type { Hunk } from '../types';

/** A stretch of one line of the review. */
export interface WordStretch extends Stretch {
  line: number;
}

export interface ReviewLayout {
  text: string;
  /** Lines of the review, from 0. */
  removed: number[];
  added: number[];
  removedWords: WordStretch[];
  addedWords: WordStretch[];
  /** Where each hunk lies in the review, [start, end), in order of place. */
  hunks: { id: number; start: number; end: number }[];
  /** Line of the file for every line of the review: its own, or the one that it would come before. */
  fileLines: number[];
}

/** @param lines the file as it is now; empty for one that does not exist yet */
export function reviewLayout(lines: readonly string[], hunks: readonly Hunk[]): ReviewLayout {
  const text: string[] = [];
  const layout: ReviewLayout = { text: '', removed: [], added: [], removedWords: [], addedWords: [], hunks: [], fileLines: [] };
  const put = (line: string, fileLine: number) => {
    text.push(line);
    layout.fileLines.push(fileLine);
  };
  let next = 0;
  for (const hunk of [...hunks].sort((a, b) => a.start - b.start)) {
    for (; next < hunk.start; next++) put(lines[next] ?? '', next);
    const start = text.length;
    for (const { kind, text: line } of rows(hunk.from, hunk.to)) {
      if (kind === 'removed') layout.removed.push(text.length);
      if (kind === 'added') layout.added.push(text.length);
      put(line, next);
      if (kind !== 'added') next++;
    }
    layout.hunks.push({ id: hunk.id, start, end: text.length });
  }
  for (; next < lines.length; next++) put(lines[next] ?? '', next);
  markWords(layout, text);
  layout.text = text.join('\n');
  return layout;
}

/** Within runs of as many removed as added lines, each pair is compared word by word. */
function markWords(layout: ReviewLayout, text: readonly string[]): void {
  const removed = runs(layout.removed);
  const added = new Map(runs(layout.added).map((run) => [run.start, run]));
  for (const run of removed) {
    const partner = added.get(run.end);
    if (!partner || partner.end - partner.start !== run.end - run.start) continue;
    for (let step = 0; run.start + step < run.end; step++) {
      const [old, fresh] = [run.start + step, partner.start + step];
      const words = wordChanges(text[old] ?? '', text[fresh] ?? '');
      layout.removedWords.push(...words.removed.map((stretch) => ({ ...stretch, line: old })));
      layout.addedWords.push(...words.added.map((stretch) => ({ ...stretch, line: fresh })));
    }
  }
}

/** Runs of consecutive numbers as [start, end). */
function runs(numbers: readonly number[]): { start: number; end: number }[] {
  const result: { start: number; end: number }[] = [];
  for (const number of numbers) {
    const last = result.at(-1);
    if (last?.end === number) last.end++;
    else result.push({ start: number, end: number + 1 });
  }
  return result;
}

/** The hunk that a line of the review is in, else the next one below, else the last. */
export function hunkAt(layout: ReviewLayout, line: number): { id: number; start: number; end: number } | undefined {
  return layout.hunks.find(({ end }) => line < end) ?? layout.hunks.at(-1);
}
