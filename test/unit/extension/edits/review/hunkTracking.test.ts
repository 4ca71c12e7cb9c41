/** A proposed change keeps its place while the buffer changes, or goes; it never lands anywhere else. */
import { describe, expect, it } from 'vitest';
import { followHunks, type BufferChange } from '../../../../../src/extension/edits/review/hunkTracking';
import { changesBetween } from '../../../../../src/extension/edits/inlineDiff';
import { changedLines, linesOf, textEdits, type TextEdit } from '../../../../../src/extension/edits/lineEdits';
import type { Change, Hunk } from '../../../../../src/extension/edits/types';
import { Random } from '../../../../engine/reference/random';

/** What the editor does with edits: ranges in the text before, all at once. */
function applied(text: string, edits: readonly (TextEdit | BufferChange)[]): string {
  const lines = linesOf(text);
  const ends = text.includes('\r\n') ? 2 : 1;
  const offset = ({ line, character }: TextEdit['start']) =>
    lines.slice(0, line).reduce((sum, one) => sum + one.length + ends, 0) + character;
  const flat = edits.map((edit) => ('range' in edit ? { ...edit.range, text: edit.text } : edit));
  let result = text;
  let above = Infinity;
  for (const edit of flat.sort((a, b) => offset(b.start) - offset(a.start))) {
    expect(offset(edit.end), 'edits overlap').toBeLessThanOrEqual(above);
    above = offset(edit.start);
    result = result.slice(0, above) + edit.text + result.slice(offset(edit.end));
  }
  return result;
}

function hunk(lines: readonly string[], start: number, from: number, to: readonly string[], id = 1): Hunk {
  const end = start + from;
  return { id, start, from: lines.slice(start, end), to, before: lines[start - 1], after: lines[end] };
}

const change = (line: number, character: number, endLine: number, endCharacter: number, text: string): BufferChange => ({
  range: { start: { line, character }, end: { line: endLine, character: endCharacter } },
  text,
});

describe('line edits', () => {
  it.each<[string, Change[], string]>([
    ['a\nb\nc\n', [{ start: 1, from: ['b'], to: ['x', 'y'] }], 'a\nx\ny\nc\n'],
    ['a\nb\nc', [{ start: 2, from: ['c'], to: ['x'] }], 'a\nb\nx'],
    ['a\nb\nc', [{ start: 2, from: ['c'], to: [] }], 'a\nb'],
    ['a\nb\nc', [{ start: 3, from: [], to: ['d'] }], 'a\nb\nc\nd'],
    ['a\nb\nc', [{ start: 0, from: ['a', 'b', 'c'], to: ['x'] }], 'x'],
    ['a\nb\nc', [{ start: 0, from: [], to: ['x'] }], 'x\na\nb\nc'],
    [
      'a\nb',
      [
        { start: 1, from: ['b'], to: [] },
        { start: 0, from: ['a'], to: ['x'] },
      ],
      'x',
    ],
    ['', [{ start: 0, from: [], to: ['x'] }], 'x\n'],
  ])('%j', (text, changes, expected) => {
    const lines = linesOf(text);
    expect(applied(text, textEdits(lines, changes, '\n'))).toBe(expected);
    expect(changedLines(lines, changes).join('\n')).toBe(expected);
  });

  it('agree with the difference of any two texts, whatever the line end', () => {
    const random = new Random(5);
    for (let round = 0; round < 1500; round++) {
      const eol = random.one(['\n', '\r\n']);
      const make = () => Array.from({ length: random.whole(1, 14) }, () => random.one(['', 'a', 'b', 'c', 'long line']));
      const [old, fresh] = [make(), make()];
      const changes = changesBetween(0, old, fresh);
      expect(changedLines(old, changes)).toEqual(fresh);
      expect(applied(old.join(eol), textEdits(old, changes, eol))).toBe(fresh.join(eol));
    }
  });

  it('leave what is outside their lines alone', () => {
    const lines = ['keep', 'old', 'keep', 'old', 'keep'];
    const edits = textEdits(
      lines,
      [
        { start: 3, from: ['old'], to: [] },
        { start: 1, from: ['old'], to: ['n'] },
      ],
      '\r\n',
    );
    expect(edits).toEqual([
      { start: { line: 1, character: 0 }, end: { line: 2, character: 0 }, text: 'n\r\n' },
      { start: { line: 3, character: 0 }, end: { line: 4, character: 0 }, text: '' },
    ]);
  });
});

describe('following', () => {
  const lines = ['zero', 'one', 'two', 'three', 'four', 'five'];
  const follow = (one: Hunk, ...changes: BufferChange[]) => {
    const now = linesOf(applied(lines.join('\n'), changes));
    const { hunks, lost } = followHunks([one], changes, now);
    expect(hunks.length + lost.length).toBe(1);
    return hunks[0]?.start;
  };
  const replaces = hunk(lines, 2, 2, ['x']);
  const inserts = hunk(lines, 3, 0, ['x']);

  it('moves with lines above, stays with lines below', () => {
    expect(follow(replaces, change(0, 4, 0, 4, '\nnew\nnew'))).toBe(4);
    expect(follow(replaces, change(0, 0, 1, 0, ''))).toBe(1);
    expect(follow(replaces, change(5, 0, 5, 4, 'other\nlines'))).toBe(2);
    expect(follow(replaces, change(2, 0, 2, 0, 'new\n'))).toBe(3);
    expect(follow(replaces, change(4, 0, 4, 0, 'new\n'))).toBe(2);
    expect(follow(replaces, change(1, 3, 1, 3, ' more'))).toBe(2);
  });

  it('goes when its own lines were touched', () => {
    expect(follow(replaces, change(2, 1, 2, 1, '!'))).toBeUndefined();
    expect(follow(replaces, change(3, 0, 3, 0, 'between\n'))).toBeUndefined();
    expect(follow(replaces, change(1, 0, 4, 0, ''))).toBeUndefined();
    expect(follow(replaces, change(2, 0, 4, 0, 'x\n'))).toBeUndefined();
  });

  it('is found again when a whole text comes in, but only in one place', () => {
    const all = (text: string) => change(0, 0, 5, 4, text);
    expect(follow(replaces, all('new\none\ntwo\nthree\nfour\nfive'))).toBe(2);
    expect(follow(replaces, all('one\ntwo\nthree\nfour\none\ntwo\nthree\nfour'))).toBeUndefined();
    expect(follow(replaces, all('one\ntwo\nthree\nother'))).toBeUndefined();
    expect(follow(inserts, all('two\nthree'))).toBe(1);
  });

  it('keeps an insertion as long as one neighbour stays as it is', () => {
    expect(follow(inserts, change(2, 3, 2, 3, '!'))).toBe(3);
    expect(follow(inserts, change(3, 0, 3, 0, '!'))).toBe(3);
    expect(follow(inserts, change(2, 3, 2, 3, '!'), change(3, 0, 3, 0, '!'))).toBeUndefined();
    expect(follow(inserts, change(2, 3, 3, 0, ''))).toBeUndefined();
  });

  it('after any typing, what is kept stands where the buffer holds its lines, and what was far away is kept', () => {
    const random = new Random(9);
    let kept = 0;
    for (let round = 0; round < 600; round++) {
      let text = Array.from({ length: random.whole(4, 25) }, () => random.one(['', 'a', 'b', 'c', 'd d', '}'])).join('\n');
      const start = linesOf(text);
      const first = random.whole(0, start.length - 1);
      let hunks = [hunk(start, first, random.whole(0, Math.min(3, start.length - first)), ['new'])];
      for (let step = 0; step < 4; step++) {
        const now = linesOf(text);
        const at = random.whole(0, now.length - 1);
        const end = random.whole(at, Math.min(at + 2, now.length - 1));
        const from = random.whole(0, now[at]!.length);
        const to = random.whole(at === end ? from : 0, now[end]!.length);
        const typed = change(at, from, end, to, random.one(['', 'x', '\n', 'b\n', 'a\nb\n}', '\n\n']));
        text = applied(text, [typed]);
        const after = linesOf(text);
        const before = hunks;
        ({ hunks } = followHunks(hunks, [typed], after));
        for (const one of hunks) {
          expect(after.slice(one.start, one.start + one.from.length)).toEqual(one.from);
          expect([after[one.start - 1], after[one.start + one.from.length]]).toEqual([one.before, one.after]);
          const done = linesOf(applied(text, textEdits(after, [one], '\n')));
          expect(done.slice(0, one.start)).toEqual(after.slice(0, one.start));
          expect(done.slice(done.length - (after.length - one.start - one.from.length))).toEqual(after.slice(one.start + one.from.length));
        }
        for (const one of before) {
          const untouched = end < one.start - 1 || at > one.start + one.from.length;
          if (untouched) expect(hunks.map(({ id }) => id)).toContain(one.id);
        }
      }
      kept += hunks.length;
    }
    expect(kept).toBeGreaterThan(100);
  });
});
