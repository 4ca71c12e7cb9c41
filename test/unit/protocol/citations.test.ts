import { expect, test } from 'vitest';
import { CitationStream, type Piece } from '../../../src/protocol/citations';

/** All pieces of a text that comes in parts of a size. */
function pieces(text: string, size = text.length): Piece[] {
  const stream = new CitationStream();
  const all: Piece[] = [];
  for (let at = 0; at < text.length; at += size) all.push(...stream.push(text.slice(at, at + size)));
  all.push(...stream.end());
  return all;
}
const cited = (text: string, size?: number) =>
  pieces(text, size).flatMap((piece) => (piece.kind === 'citation' ? [[piece.path, piece.line, piece.endLine]] : []));
const shown = (all: Piece[]) => all.map(({ text }) => text).join('');

test.each([
  ['See src/a.ts:12 for it.', [['src/a.ts', 12, 12]]],
  [
    '`src/a.ts:12`, then (lib/b.test.ts:3-9).',
    [
      ['src/a.ts', 12, 12],
      ['lib/b.test.ts', 3, 9],
    ],
  ],
  [
    '**a.ts#L12** and "b.ts#L1-L4"',
    [
      ['a.ts', 12, 12],
      ['b.ts', 1, 4],
    ],
  ],
  ['native\\src\\x.cpp:7', [['native\\src\\x.cpp', 7, 7]]],
  ['größe/maß.ts:2', [['größe/maß.ts', 2, 2]]],
  ['end before start: a.ts:9-3', [['a.ts', 9, 9]]],
])('%s', (text, expected) => {
  expect(cited(text)).toEqual(expected);
});

test.each([
  'at 12:30 or 1.5:2 of http://x.y:80/ or C:/a.ts',
  'a ratio of 3:4',
  'std::vector<int>:12',
  '[a.ts](src/a.ts:3)',
  'README:12',
  '```ts\nimport x from "a.ts:12";\n```',
  '~~~\nsrc/a.ts:12\n~~~',
])('%s is no citation', (text) => {
  expect(cited(text)).toEqual([]);
});

test('code blocks end, and what follows is looked at again', () => {
  expect(cited('```\na.ts:1\n```\nb.ts:2')).toEqual([['b.ts', 2, 2]]);
});

test('however the text is cut, the pieces are the same and nothing is lost', () => {
  const text = 'Look at src/a.ts:12, then\n```ts\nx.ts:1\n```\nand `lib/b.ts:3-4`. Done: c.md:1\n\n- d.rs:7';
  const whole = pieces(text);
  for (const size of [1, 2, 3, 5, 7, 11, 64]) {
    expect(cited(text, size), `parts of ${size}`).toEqual(cited(text));
    expect(shown(pieces(text, size))).toBe(shown(whole));
  }
  expect(shown(whole)).toBe(text);
});

test('what is no word is not waited for: endless output streams on', () => {
  const stream = new CitationStream();
  const word = 'x'.repeat(1000);
  expect(shown(stream.push(word))).toBe(word);
});

test('text goes on as soon as its word is whole', () => {
  const stream = new CitationStream();
  expect(shown(stream.push('one two thr'))).toBe('one two ');
  expect(shown(stream.push('ee '))).toBe('three ');
  expect(stream.end()).toEqual([]);
});
