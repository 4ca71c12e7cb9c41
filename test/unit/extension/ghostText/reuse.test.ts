/** What an answer is good for later: the cache, the rest of an answer, the latest answers, questions on their way. */
import { describe, expect, it, test } from 'vitest';
import type { GhostAnswer } from '../../../../src/extension/ghostText/answer';
import { staysQuiet } from '../../../../src/extension/ghostText/afterAccept';
import { sentAfter, type CursorPlace } from '../../../../src/extension/ghostText/cursorPlace';
import { RecentAnswers } from '../../../../src/extension/ghostText/recentAnswers';
import { ResultCache } from '../../../../src/extension/ghostText/resultCache';
import { goesOn, restOf } from '../../../../src/extension/ghostText/typedThrough';

/** A place from a text with `█` at the cursor. */
function at(marked: string, languageId = 'typescript'): CursorPlace {
  const [prefix = '', suffix = ''] = marked.split('█');
  return { document: 'd', path: 'd.ts', languageId, startLine: 1, prefix, suffix };
}
const answer = (marked: string, text: string, replaces = 0): GhostAnswer => ({ place: at(marked), text, replaces });

describe('the cache of results', () => {
  const text = { text: 'x', replaces: 0 };

  it('knows a place by its text, language and kind of question, whatever the document', () => {
    const cache = new ResultCache();
    cache.put(at('ab█c'), true, text);
    expect(cache.get({ ...at('ab█c'), document: 'e', path: 'e.ts' }, true)).toEqual(text);
    expect(cache.get(at('a█bc'), true)).toBeUndefined();
    expect(cache.get(at('ab█c', 'python'), true)).toBeUndefined();
    expect(cache.get(at('ab█c'), false)).toBeUndefined();
  });

  it('remembers that there was nothing', () => {
    const cache = new ResultCache();
    cache.put(at('a█'), true, { text: '', replaces: 0 });
    expect(cache.get(at('a█'), true)).toEqual({ text: '', replaces: 0 });
  });

  it('forgets what was used longest ago, and has a bound', () => {
    const cache = new ResultCache(3);
    for (const prefix of ['a', 'b', 'c']) cache.put(at(`${prefix}█`), true, text);
    cache.get(at('a█'), true);
    cache.put(at('d█'), true, text);
    expect(cache.size).toBe(3);
    expect(['a', 'b', 'c', 'd'].filter((prefix) => cache.get(at(`${prefix}█`), true))).toEqual(['a', 'c', 'd']);
    cache.clear();
    expect(cache.size).toBe(0);
  });
});

describe('the rest of an answer', () => {
  it.each([
    ['where it was asked for', 'f█', 'oo()', 0, 'f█', { text: 'oo()', replaces: 0, typed: '' }],
    ['after its beginning', 'f█', 'oo()', 0, 'fo█', { text: 'o()', replaces: 0, typed: 'o' }],
    ['after all of it', 'f█', 'oo()', 0, 'foo()█', { text: '', replaces: 0, typed: 'oo()' }],
    ['over the end of a line', 'f█', '();\n  g();', 0, 'f();\n  █', { text: 'g();', replaces: 0, typed: '();\n  ' }],
    ['with what it covers', 'f(█)', 'a);', 1, 'f(a█)', { text: ');', replaces: 1, typed: 'a' }],
    ['after a covered closer was typed over', 'f(█)', 'a);', 1, 'f(a)█', { text: ';', replaces: 0, typed: 'a)' }],
    ['before a bracket that the editor closed', 'f█', '(a)', 0, 'f(█)', { text: 'a', replaces: 0, typed: '(' }],
    ['covering such a bracket when it goes on after it', 'f█', '(a);', 0, 'f(█)', { text: 'a);', replaces: 1, typed: '(' }],
    ['with brackets of its own before it', 'f█', '(g(a), b);', 0, 'f(█)', { text: 'g(a), b);', replaces: 1, typed: '(' }],
    ['before a quote that the editor closed', 'f(█)', '"a"', 0, 'f("█")', { text: 'a', replaces: 0, typed: '"' }],
    [
      'covering both its own bracket and the one it covered before',
      'g(█)',
      'h(a))',
      1,
      'g(h(█))',
      { text: 'a))', replaces: 2, typed: 'h(' },
    ],
    ['over two closers at once', 'f█', '({ a });', 0, 'f({█})', { text: ' a });', replaces: 2, typed: '({' }],
    [
      'before a brace that moved to a line of its own',
      'if (a) █',
      '{\n  b();\n}',
      0,
      'if (a) {\n  █\n}',
      { text: 'b();', replaces: 0, typed: '{\n  ' },
    ],
  ])('%s', (_, asked, text, replaces, place, expected) => {
    expect(restOf(answer(asked, text, replaces), at(place))).toEqual(expected);
  });

  it.each([
    ['something else was typed', 'f█', 'oo()', 0, 'fa█'],
    ['what stood before it was deleted', 'fo█', 'o()', 0, 'f█'],
    ['the text behind the cursor is another', 'f█;', 'oo()', 0, 'fo█,'],
    ['more stands behind the cursor than a closer', 'f█', 'oo(a)', 0, 'foo(█b)'],
    ['a closer came without anything typed', 'f█', 'oo)', 0, 'f█)'],
    ['a closer is gone that it does not cover', 'f(█)', 'a', 0, 'f(a█'],
    ['it never closes what the editor closed', 'f█', '(a;', 0, 'f(█)'],
    ['it closes its own bracket alone', 'f█', '(g(a);', 0, 'f(█)'],
    ['it closes another kind of bracket first', 'f█', '(a]);', 0, 'f(█)'],
    ['the brace that moved down is not its own', 'f █', '{ b(); };', 0, 'f { █\n}'],
  ])('does not fit where %s', (_, asked, text, replaces, place) => {
    expect(restOf(answer(asked, text, replaces), at(place))).toBeUndefined();
  });

  it('does not fit another language', () => {
    expect(restOf(answer('f█', 'oo'), at('f█', 'python'))).toBeUndefined();
  });

  it('always gives the document that was answered', () => {
    const text = 'call("a", { b: [1] });\nnext();';
    const full = `x = ${text}\n`;
    for (let typed = 0; typed < text.length; typed++) {
      for (const added of ['', ')', '")', '})', ']', '\n']) {
        const place = at(`x = ${text.slice(0, typed)}█${added}\n`);
        const rest = restOf(answer('x = █\n', text), place);
        if (rest) expect(place.prefix + rest.text + place.suffix.slice(rest.replaces), `${typed} ${added}`).toBe(full);
        else expect(added, `nothing at ${typed}`).not.toBe('');
      }
    }
  });

  it('holds although a long text behind the cursor is cut off elsewhere', () => {
    const long = `;\n${'0123456789\n'.repeat(1000)}`;
    const asked = { ...at('f█'), suffix: long.slice(0, sentAfter) };
    const later = { ...at('f(█'), suffix: `)${long}`.slice(0, sentAfter) };
    expect(restOf({ place: asked, text: '(a)', replaces: 0 }, later)).toEqual({ text: 'a', replaces: 0, typed: '(' });
    const other = { ...later, suffix: `)${long}`.replace('0', 'x').slice(0, sentAfter) };
    expect(restOf({ place: asked, text: '(a)', replaces: 0 }, other)).toBeUndefined();
  });
});

describe('the latest answers', () => {
  it('prefer the one that was shown last, and pass over those that are used up', () => {
    const answers = new RecentAnswers();
    answers.add(answer('f█', 'oo'));
    answers.add(answer('fo█', 'r ('));
    expect(answers.at(at('fo█'))?.rest.text).toBe('r (');
    expect(answers.at(at('f█'))?.rest.text).toBe('oo');
    expect(answers.at(at('fo█'))?.rest.text).toBe('o');
    expect(answers.at(at('foo█'))).toBeUndefined();
    answers.clear();
    expect(answers.at(at('f█'))).toBeUndefined();
  });

  it('are few', () => {
    const answers = new RecentAnswers(2);
    for (const prefix of ['a', 'b', 'c']) answers.add(answer(`${prefix}█`, 'x'));
    expect(['a', 'b', 'c'].filter((prefix) => answers.at(at(`${prefix}█`)))).toEqual(['b', 'c']);
  });
});

test('a question goes on to places that may lie along its answer', () => {
  const asked = at('f█;');
  expect(goesOn(asked, asked)).toBe(true);
  expect(goesOn(asked, at('foo█;'))).toBe(true);
  expect(goesOn(asked, at('f(█);'))).toBe(true);
  expect(goesOn(asked, at('█;'))).toBe(false);
  expect(goesOn(asked, at('fo█,'))).toBe(false);
  expect(goesOn(asked, at(`f${'o'.repeat(33)}█;`))).toBe(false);
  expect(goesOn(asked, at('fo█;', 'python'))).toBe(false);
});

test.each([
  ['the end of a statement', 'a = █', 'f();', 'a = f();█', true],
  ['the end of a block', 'if (a) █', '{\n  b();\n}', 'if (a) {\n  b();\n}█', true],
  ['an opening bracket', 'a = █', 'f(', 'a = f(█', false],
  ['an operator', 'a = █', 'b +', 'a = b +█', false],
  ['a word that wants more', 'a = █', 'b and', 'a = b and█', false],
  ['the middle of a line', 'a(█)', 'b', 'a(b█)', false],
  ['an empty line', 'a();█', '\n', 'a();\n█', false],
  ['a suggestion that is not used up', 'a = █', 'f();', 'a = f(█', false],
])('after accepting, %s stays quiet or not', (_, asked, text, place, quiet) => {
  expect(staysQuiet(answer(asked, text), at(place))).toBe(quiet);
});
