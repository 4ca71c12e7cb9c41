import { expect, test } from 'vitest';
import { candidatesInside, isInside, parseLink } from '../../../../src/extension/util/links';

test('web addresses are let through, other schemes are not', () => {
  expect(parseLink('https://example.org/a?b#c')).toEqual({ kind: 'web', url: 'https://example.org/a?b#c' });
  for (const href of [
    'javascript:alert(1)',
    'command:evil',
    'vscode://x/y',
    'data:text/html,x',
    'https://user:pw@host/',
    'mailto:a@b',
    '',
    ' ',
    '//host/share',
  ])
    expect(parseLink(href), href).toEqual({ kind: 'refused' });
});

test('a path may carry a line, a column or a range', () => {
  const file = (path: string, line?: number, endLine?: number) => ({ kind: 'file', path, line, endLine });
  expect(parseLink('src/a.ts')).toEqual(file('src/a.ts'));
  expect(parseLink('src/a.ts:12')).toEqual(file('src/a.ts', 12));
  expect(parseLink('src/a.ts:12:5')).toEqual(file('src/a.ts', 12));
  expect(parseLink('src/a.ts:12-20')).toEqual(file('src/a.ts', 12, 20));
  expect(parseLink('src/a%20b.ts#L3-L9')).toEqual(file('src/a b.ts', 3, 9));
  expect(parseLink('src/a.ts:0')).toEqual(file('src/a.ts', 1));
});

test('only paths inside a workspace folder are candidates', () => {
  const folders = [
    { name: 'one', path: '/w/one' },
    { name: 'two', path: '/w/two' },
  ];
  expect(candidatesInside('src/a.ts', folders)).toEqual(['/w/one/src/a.ts', '/w/two/src/a.ts']);
  expect(candidatesInside('two/src/a.ts', folders)).toContain('/w/two/src/a.ts');
  expect(candidatesInside('/w/two/b.ts', folders)).toEqual(['/w/two/b.ts']);
  for (const path of ['../../etc/passwd', '/etc/passwd', '..', '.', 'a/../../../etc/passwd', '/w/one-evil/x'])
    expect(candidatesInside(path, folders), path).toEqual([]);
});

test('inside means below, not beside', () => {
  expect(isInside('/w/one/..hidden', '/w/one')).toBe(true);
  expect(isInside('/w/one', '/w/one')).toBe(false);
  expect(isInside('/w/onetwo/a', '/w/one')).toBe(false);
});
