/** What is proposed, file by file: added, followed, taken, given back; and the one column in which it is read. */
import { describe, expect, it } from 'vitest';
import { changedLines } from '../../../../../src/extension/edits/lineEdits';
import { wordChanges } from '../../../../../src/extension/edits/inlineDiff';
import { planBlock, type Planned } from '../../../../../src/extension/edits/review/planBlock';
import { Review } from '../../../../../src/extension/edits/review/review';
import { hunkAt, reviewLayout } from '../../../../../src/extension/edits/review/reviewText';
import type { EditBlock } from '../../../../../src/extension/edits/types';

const block = (search: string[], replace: string[]): EditBlock => ({ path: 'a.ts', guesses: [], search, replace, line: undefined });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);
const codeOf = (planned: Planned) => ('refused' in planned ? planned.refused : 'offered');

describe('a plan', () => {
  const none = { pending: [], replaced: 0 };

  it('lets a new file be made, and refuses to change one that is not there', () => {
    expect(planBlock(block([], ['a', 'b']), { path: 'a.ts', lines: undefined }, none)).toEqual({
      changes: [{ start: 0, from: [], to: ['a', 'b', ''] }],
    });
    expect(codeOf(planBlock(block(['old text'], ['b']), { path: 'a.ts', lines: undefined }, none))).toBe('missing');
  });

  it('refuses lines that another proposal has claimed, and lets neighbours be', () => {
    const file = { path: 'a.ts', lines: numbered(20) };
    const pending = [{ start: 5, from: ['line 5', 'line 6'], to: ['x'] }];
    const plan = (at: number) => codeOf(planBlock(block([`line ${at}`], ['new']), file, { pending, replaced: 2 }));
    expect([4, 5, 6, 7].map(plan)).toEqual(['offered', 'overlap', 'overlap', 'offered']);
  });

  it('refuses to rewrite most of a long file, in one block or in many', () => {
    const plan = (count: number, part: number, replaced = 0) => {
      const lines = numbered(count);
      const search = lines.slice(0, part);
      return codeOf(
        planBlock(
          block(
            search,
            search.map((line) => `${line}!`),
          ),
          { path: 'a.ts', lines },
          { pending: [], replaced },
        ),
      );
    };
    expect(plan(300, 181)).toBe('rewrite');
    expect(plan(300, 180)).toBe('offered');
    expect(plan(300, 10, 171)).toBe('rewrite');
    expect(plan(200, 200)).toBe('offered');
  });

  it('does not mind a long search text with a small change in it', () => {
    const lines = numbered(300);
    expect(codeOf(planBlock(block(lines, lines.with(7, 'new')), { path: 'a.ts', lines }, none))).toBe('offered');
  });
});

describe('a review', () => {
  const lines = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
  const setUp = () => {
    const review = new Review();
    review.open({ key: 'k', path: 'a.ts', lines });
    const [first = 0, second = 0] = review.add('k', [
      { start: 1, from: ['two'], to: ['TWO', 'and more'] },
      { start: 6, from: ['seven'], to: [] },
    ]);
    const starts = () => review.file('k')?.hunks.map(({ start }) => start);
    return { review, first, second, starts };
  };

  it('tells every change to who listens', () => {
    const { review, first } = setUp();
    const seen: string[] = [];
    review.onChange((key) => seen.push(key));
    review.reject('k', [first]);
    review.reject('k', [first]);
    expect(seen).toEqual(['k']);
    expect(review.pending.map(({ path }) => path)).toEqual(['a.ts']);
    review.reject('k');
    expect(review.pending).toEqual([]);
  });

  it('shows what is claimed until the buffer changes, and hands it to nobody else', () => {
    const { review, first, starts } = setUp();
    const claimed = review.claim('k', [first]);
    expect(starts()).toEqual([1, 6]);
    expect(review.claim('k').map(({ start }) => start)).toEqual([6]);
    review.reject('k');
    expect(starts()).toEqual([1, 6]);
    const after = changedLines(lines, claimed);
    const range = { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } };
    expect(review.bufferChanged('k', [{ range, text: 'TWO\nand more\n' }], after)).toBe(0);
    expect(starts()).toEqual([]);
    expect(review.settle('k', claimed, lines, after)).toEqual([]);
    expect(starts()).toEqual([]);
  });

  it('moves the rest when one hunk is carried out', () => {
    const { review, first, starts } = setUp();
    const claimed = review.claim('k', [first]);
    const after = changedLines(lines, claimed);
    const range = { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } };
    review.bufferChanged('k', [{ range, text: 'TWO\nand more\n' }], after);
    expect(starts()).toEqual([7]);
    expect(review.settle('k', claimed, lines, after)).toEqual([]);
    expect(starts()).toEqual([7]);
  });

  it('takes back what did not land', () => {
    const { review, starts } = setUp();
    const claimed = review.claim('k');
    expect(review.settle('k', claimed, lines, lines)).toHaveLength(2);
    expect(starts()).toEqual([1, 6]);
    const again = review.claim('k');
    const half = changedLines(lines, again.slice(0, 1));
    expect(review.settle('k', again, lines, half).map(({ from }) => from)).toEqual([['seven']]);
    expect(starts()).toEqual([7]);
    const rest = review.claim('k');
    expect(review.settle('k', rest, half, changedLines(half, rest))).toEqual([]);
    expect(starts()).toEqual([]);
  });

  it('finds its hunks again in a buffer that was closed and opened again', () => {
    const { review, starts } = setUp();
    expect(review.open({ key: 'k', path: 'a.ts', lines: ['zero', ...lines] }).lost).toBe(0);
    expect(starts()).toEqual([2, 7]);
    expect(review.open({ key: 'k', path: 'a.ts', lines: ['one', 'two', 'three'] }).lost).toBe(1);
    expect(starts()).toEqual([1]);
  });

  it('says how many lost their place while someone types', () => {
    const { review } = setUp();
    const typed = [{ range: { start: { line: 1, character: 3 }, end: { line: 1, character: 3 } }, text: '!' }];
    expect(review.bufferChanged('k', typed, lines.with(1, 'two!'))).toBe(1);
    expect(review.bufferChanged('other', typed, [])).toBe(0);
  });
});

describe('the text of a review', () => {
  const lines = ['const a = 1;', 'keep', 'old one', 'same', 'old two', 'end'];
  const review = new Review();
  review.open({ key: 'k', path: 'a.ts', lines });
  review.add('k', [
    { start: 0, from: ['const a = 1;'], to: ['const b = 1;'] },
    { start: 2, from: ['old one', 'same', 'old two'], to: ['new', 'one', 'same'] },
    { start: 6, from: [], to: ['appended'] },
  ]);
  const layout = reviewLayout(lines, review.file('k')?.hunks ?? []);

  it('is the file with removed and added lines in it', () => {
    expect(layout.text.split('\n')).toEqual([
      ...['const a = 1;', 'const b = 1;', 'keep', 'old one', 'new', 'one', 'same', 'old two', 'end', 'appended'],
    ]);
    expect(layout.removed).toEqual([0, 3, 7]);
    expect(layout.added).toEqual([1, 4, 5, 9]);
    expect(layout.hunks.map(({ start, end }) => [start, end])).toEqual([
      [0, 2],
      [3, 8],
      [9, 10],
    ]);
    expect(layout.fileLines).toEqual([0, 1, 1, 2, 3, 3, 3, 4, 5, 6]);
  });

  it('marks the words that differ in a pair of lines', () => {
    expect(layout.removedWords).toEqual([{ line: 0, start: 6, end: 7 }]);
    expect(layout.addedWords).toEqual([{ line: 1, start: 6, end: 7 }]);
    expect(wordChanges('completely different', 'nothing alike here')).toEqual({ removed: [], added: [] });
  });

  it('knows the hunk at a line, or the next one', () => {
    const at = (line: number) => layout.hunks.findIndex(({ id }) => id === hunkAt(layout, line)?.id);
    expect([0, 1, 2, 3, 7, 8, 9, 50].map(at)).toEqual([0, 0, 1, 1, 1, 2, 2, 2]);
    expect(hunkAt(reviewLayout(lines, []), 0)).toBeUndefined();
  });

  it('of a new file is all added', () => {
    const fresh = new Review();
    fresh.open({ key: 'n', path: 'n.ts', lines: undefined });
    fresh.add('n', [{ start: 0, from: [], to: ['a', ''] }]);
    expect(reviewLayout([], fresh.file('n')?.hunks ?? [])).toMatchObject({ text: 'a\n', added: [0, 1], removed: [] });
  });
});
