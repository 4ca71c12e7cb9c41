/** What is read off the place itself: what is sent, how many lines are wanted, whether it is in a comment. */
import { describe, expect, it, test } from 'vitest';
import { inComment } from '../../../../src/extension/ghostText/comments';
import { wantsOneLine } from '../../../../src/extension/ghostText/multiLine';
import { lineAfter, lineBefore, placeAt, sentAfter, sentBefore, type CursorPlace } from '../../../../src/extension/ghostText/cursorPlace';
import { FakeDocument } from './fakeEditor';

const name = { document: 'd', path: 'd.ts' };
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `const line${i} = ${i};`);

describe('what is sent', () => {
  it('is the whole of a short document', () => {
    expect(placeAt(new FakeDocument('ab\ncd\nef'), name, { line: 1, character: 1 })).toEqual({
      place: { ...name, languageId: 'typescript', startLine: 1, prefix: 'ab\nc', suffix: 'd\nef' },
      longestLine: 2,
    });
  });

  it('takes the document as though the selected entry had been accepted', () => {
    const { place } = placeAt(new FakeDocument('a.lo()'), name, { line: 0, character: 4 }, { start: 2, end: 4, text: 'log' });
    expect([place.prefix, place.suffix]).toEqual(['a.log', '()']);
  });

  it('is cut to about the limits, by whole lines before the cursor', () => {
    const lines = numbered(5000);
    const { prefix, suffix } = placeAt(new FakeDocument(lines.join('\n')), name, { line: 2500, character: 3 }).place;
    expect(prefix.length).toBeGreaterThanOrEqual(sentBefore);
    expect(prefix.length).toBeLessThan(sentBefore + 64 * 30);
    expect(prefix).toMatch(/^const line\d+ = \d+;\n/);
    expect(suffix).toHaveLength(sentAfter);
    const whole = lines.join('\n');
    expect(whole).toContain(prefix + suffix);
  });

  it('names the line that it begins with', () => {
    const lines = numbered(5000);
    const { prefix, startLine } = placeAt(new FakeDocument(lines.join('\n')), name, { line: 2500, character: 3 }).place;
    expect(lines[startLine - 1]).toBe(prefix.split('\n', 1)[0]);
  });

  it('is a small part of a document of ten megabytes, and the rest is not looked at', () => {
    const document = new FakeDocument(`${'x'.repeat(99)}\n`.repeat(100_000));
    let looked = 0;
    const lineAt = document.lineAt.bind(document);
    document.lineAt = (line) => {
      looked++;
      return lineAt(line);
    };
    for (const line of [0, 50_000, 99_999]) {
      const { prefix, suffix } = placeAt(document, name, { line, character: 10 }).place;
      expect(prefix.length + suffix.length).toBeLessThan(sentBefore + 64 * 100 + sentAfter + 100);
    }
    expect(looked).toBeLessThan(2000);
  });

  it('begins where it began, while one types and goes to the next line', () => {
    const document = new FakeDocument(numbered(5000).join('\n'));
    const first = placeAt(document, name, { line: 2520, character: 0 }).place;
    const [begin = ''] = first.prefix.split('\n');
    for (let line = 2520; line < 2530; line++) {
      const { prefix } = placeAt(document, name, { line, character: 5 }).place;
      expect(prefix.split('\n', 1)[0]).toBe(begin);
    }
  });

  it('knows its longest line, wherever that is', () => {
    for (const long of [0, 1, 2]) {
      const lines = ['a', 'b', 'c'].map((line, i) => (i === long ? 'x'.repeat(50) : line));
      expect(placeAt(new FakeDocument(lines.join('\n')), name, { line: 1, character: 1 }).longestLine).toBe(50);
    }
  });

  it('has a line before and a line after the cursor', () => {
    const place = { prefix: 'a\nb', suffix: 'c\nd' };
    expect([lineBefore(place), lineAfter(place)]).toEqual(['b', 'c']);
    expect([lineBefore({ prefix: 'b' }), lineAfter({ suffix: 'c' })]).toEqual(['b', 'c']);
  });
});

function at(marked: string, languageId: string): CursorPlace {
  const [prefix = '', suffix = ''] = marked.split('█');
  return { ...name, languageId, startLine: 1, prefix, suffix };
}

describe('how many lines are wanted', () => {
  it.each([
    ['typescript', 'function f() {█'],
    ['typescript', 'foo({█})'],
    ['typescript', 'foo(█'],
    ['typescript', 'const f = () =>█'],
    ['typescript', 'const a = [█];'],
    ['typescript', 'function f() {\n  █\n}'],
    ['typescript', '█'],
    ['python', 'def f(a):█\n'],
    ['python', 'def f(a):\n    █\n'],
    ['python', 'a = {█}'],
    ['yaml', 'jobs:█'],
    ['ruby', 'items.each do█\n'],
    ['ruby', 'def area█\n'],
    ['lua', 'if a then█\n'],
    ['lua', 'local function f(a)█\n'],
    ['shellscript', 'for f in *; do█\n'],
    ['elixir', 'defmodule A do█'],
    ['cobol', '  █\n'],
  ])('several in %s: %j', (languageId, marked) => expect(wantsOneLine(at(marked, languageId), false)).toBe(false));

  it.each([
    ['typescript', 'const a = █'],
    ['typescript', 'foo(█)'],
    ['typescript', 'foo({█ a })'],
    ['typescript', '  // a comment {█'],
    ['typescript', '   * a comment {█'],
    ['typescript', '  █}'],
    ['typescript', 'label:█'],
    ['python', '# for example:█'],
    ['python', 'a = 1█'],
    ['markdown', '\n█\n'],
    ['plaintext', 'For example:█'],
  ])('one in %s: %j', (languageId, marked) => expect(wantsOneLine(at(marked, languageId), false)).toBe(true));

  it.each([
    ['typescript', 'const a = 1;█\n', false],
    ['markdown', 'A sentence.█\n', false],
    ['typescript', 'foo(█)', true],
    ['typescript', 'foo(█, b)', true],
    ['typescript', '// why█\n', true],
  ])('asked by hand in %s: %j', (languageId, marked, one) => expect(wantsOneLine(at(marked, languageId), true)).toBe(one));
});

describe('comments', () => {
  it.each([
    ['typescript', 'a; // b'],
    ['typescript', '/* a\n * b'],
    ['typescript', 'f("a"); /** b'],
    ['typescript', 'const a = `x ${y} z`; // b'],
    ['python', 'a = 1  # b'],
    ['python', '"""a # b"""  # c'],
    ['rust', "fn f<'a>(b: &'a str) // c"],
    ['sql', 'select 1 -- b'],
    ['lua', '--[[ a\nb'],
    ['html', '<p><!-- a'],
    ['c', 'int a; /* b */ /* c'],
    ['shellscript', '#!/bin/sh'],
    ['latex', 'a % b'],
    ['php', 'a(); # b'],
  ])('%s: %j is in one', (languageId, prefix) => expect(inComment(prefix, languageId)).toBe(true));

  it.each([
    ['typescript', 'a; // b\nc'],
    ['typescript', '/* a */ b'],
    ['typescript', "glob('src/**/*.ts'); b"],
    ['typescript', 'fetch("http://a'],
    ['typescript', 'f("\\" // a'],
    ['typescript', 'const a = `x\n// y'],
    ['typescript', "it's // no string goes over a line\nb"],
    ['python', "a = '# b"],
    ['python', '"""a\n# b'],
    ['shellscript', 'echo $# a#b'],
    ['css', 'a { color: red; } //'],
    ['lua', '--[[ a ]] b'],
    ['plaintext', '// a'],
    ['unheard-of', '// a'],
  ])('%s: %j is not', (languageId, prefix) => expect(inComment(prefix, languageId)).toBe(false));

  test('reading a large file takes no time to speak of', () => {
    const prefix = 'const a = "b" + \'c\' + `d`; /* e */ // f\n'.repeat(500);
    const began = performance.now();
    expect(inComment(prefix, 'typescript')).toBe(false);
    expect(performance.now() - began).toBeLessThan(200);
  });
});
