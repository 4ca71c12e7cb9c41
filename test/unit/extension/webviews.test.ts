import { expect, test } from 'vitest';
import { parseFromCache, parseFromChat } from '../../../src/extension/util/fromWebview';
import { parseLink } from '../../../src/extension/util/links';
import { webviewHtml } from '../../../src/extension/util/webviewHtml';
import { boundaries, fileAt, HeldShare, replacedStretches, tenths } from '../../../src/webview/cache/geometry';
import { renderMarkdown } from '../../../src/webview/chat/markdown';
import { placeOf } from '../../../src/protocol/place';

const allowed = /^(?:a|span|p|br|hr|em|strong|s|code|pre|blockquote|ul|ol|li|h[1-6]|table|thead|tbody|tr|th|td)$/;

/** Every tag in the HTML with its attributes, as a browser would see them. */
function tags(html: string): { name: string; attributes: string[] }[] {
  return [...html.matchAll(/<([a-z][\w-]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/gi)].map(([, name, rest]) => ({
    name: (name ?? '').toLowerCase(),
    attributes: [...(rest ?? '').matchAll(/([\w-]+)(?:="[^"]*")?/g)].map(([, attribute]) => attribute ?? ''),
  }));
}

const hostile = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '![x](javascript:alert(1))',
  '[x](javascript:alert(1))',
  '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '[x](vbscript:x)',
  '[x](https://a/ "\\" onclick=alert(1) x=\\"")',
  '<https://a/"onmouseover=alert(1)>',
  '`" onclick="x.ts:1`',
  '```"><script>alert(1)</script>\ncode\n```',
  '```js\n</code></pre><script>alert(1)</script>\n```',
  '<a href="javascript:x">y</a>',
  '| a |\n|:-:|\n| <b onclick=x>z</b> |',
  '<style>*{display:none}</style><iframe src=//evil></iframe>',
];

test.each(hostile)('%j makes nothing but harmless tags', (text) => {
  const html = renderMarkdown(text);
  for (const tag of tags(html)) {
    expect(tag.name, html).toMatch(allowed);
    for (const attribute of tag.attributes)
      expect(['class', 'data-href', 'data-name', 'data-info', 'role', 'tabindex', 'title', 'start'], html).toContain(attribute);
  }
  expect(html).not.toMatch(/data-href="(?!https?:|[\w./-]+:\d)/);
  expect(html.replace(/<[^<>]*>/g, '')).not.toContain('<');
});

test('a link has no address of its own', () => {
  expect(renderMarkdown('[x](https://a.org)')).toContain('data-href="https://a.org"');
  expect(renderMarkdown('https://a.org [x](src/a.ts:3)')).not.toMatch(/\shref=/);
});

test('cited places become links, names with dots do not', () => {
  expect(renderMarkdown('see src/a.ts:12 and b.rs:3-4.')).toMatch(/data-href="src\/a\.ts:12".*data-href="b\.rs:3-4"/);
  expect(renderMarkdown('`src/a.ts` `lib/x.py:7`')).toMatch(/data-href="src\/a\.ts".*data-href="lib\/x\.py:7"/);
  expect(renderMarkdown('größe/maß.ts:3, a.ts#L4 and b.ts#L1-L9')).toMatch(/"größe\/maß\.ts:3".*"a\.ts#L4".*"b\.ts#L1-L9"/);
  for (const text of ['main.rs and setup.py', '`foo.bar`', 'at 12:30', '`a / b`', 'http://h:80/x.ts:3'])
    expect(renderMarkdown(text).replace(/data-href="http[^"]*"/, ''), text).not.toContain('data-href');
});

test('what may be the name of a file is marked to be looked up, and is no link', () => {
  expect(renderMarkdown('see pageRank.ts, or `fileGraph.ts`: README.md.')).toMatch(
    /<span data-name="pageRank\.ts">pageRank\.ts<\/span>, or <code data-name="fileGraph\.ts">.*<span data-name="README\.md">README\.md<\/span>\./,
  );
  for (const text of ['src/a.ts:3', '`src/a.ts`', 'run.it()', '[x](a.ts)', 'https://a.org/x.ts', '3.14', 'v1.2.3'])
    expect(renderMarkdown(text), text).not.toContain('data-name');
});

test('a column is aligned without inline style', () => {
  expect(renderMarkdown('| a |\n|--:|\n| 1 |')).toContain('<td class="align-right">1</td>');
});

test('code keeps its text', () => {
  expect(renderMarkdown('```ts\nif (a < b) {}\n```')).toBe(
    '<pre><code data-info="ts" class="language-ts">if (a &lt; b) {}\n</code></pre>\n',
  );
});

test('only messages of the protocol are understood', () => {
  expect(parseFromChat({ type: 'ask', text: 'hi' })).toEqual({ type: 'ask', text: 'hi' });
  const check = { type: 'check', answers: [{ id: 'a', places: ['src/a.ts:3'] }] };
  for (const message of [
    { type: 'complete', id: 3, text: '@a' },
    check,
    { type: 'readNow' },
    { type: 'dismissPlan' },
    { type: 'command', command: 'pauseReading' },
  ])
    expect(parseFromChat(message)).toEqual(message);
  expect(parseFromCache({ type: 'open', path: 'a.ts' })).toEqual({ type: 'open', path: 'a.ts' });
  for (const message of [
    null,
    'ask',
    { type: 'ask' },
    { type: 'ask', text: 3 },
    { type: 'command', command: 'deleteEverything' },
    { type: 'openLink', href: 'x'.repeat(5000) },
    { type: 'complete', id: 1, text: '@'.repeat(5000) },
    { type: 'complete', id: 'one', text: '@' },
    { type: 'check', answers: [{ id: 'a', places: Array(201).fill('a.ts:1') }] },
    { type: 'check', answers: 'a.ts:1' },
  ])
    expect(parseFromChat(message)).toBeUndefined();
});

test('the page allows one script and nothing inline', () => {
  const html = webviewHtml(
    { cspSource: 'https://own', script: 's.js?a&b', styles: ['c.css'], element: 'x-y', title: '"<t>', language: 'en' },
    'NONCE',
  );
  expect(html).toContain("default-src 'none'; style-src https://own; font-src https://own; script-src 'nonce-NONCE'");
  expect(html).not.toMatch(/unsafe-|<t>| style=/);
  expect(html).toContain('src="s.js?a&amp;b"');
});

test('shares are means over tokens, whatever the buckets', () => {
  // 100 tokens in three buckets of 10, 40 and 50.
  const share = new HeldShare([0, 10, 50], 100, [1, 0.5, 0.2]);
  expect(share.between(0, 10)).toBeCloseTo(1);
  expect(share.between(0, 100)).toBeCloseTo((10 + 20 + 10) / 100);
  expect(share.between(5, 20)).toBeCloseTo((5 + 5) / 15);
  expect(share.between(50, 50)).toBe(0);
  expect(share.between(-10, 1000)).toBeCloseTo(0.4);
  expect(tenths(share, 100)).toEqual([1, 0.5, 0.5, 0.5, 0.5, 0.2, 0.2, 0.2, 0.2, 0.2].map((value) => expect.closeTo(value, 9) as number));
  expect(new HeldShare([], 0, []).between(0, 1)).toBe(0);
});

test('the file under a token is found, gaps have none', () => {
  const files = [
    { path: 'a', start: 5, end: 10, replaced: false },
    { path: 'b', start: 12, end: 20, replaced: false },
  ];
  expect([4, 5, 9, 10, 11, 12, 19, 20].map((token) => fileAt(files, token)?.path)).toEqual([
    undefined,
    'a',
    'a',
    undefined,
    undefined,
    'b',
    'b',
    undefined,
  ]);
  expect(boundaries(files, 20, 200, 12).map(({ x }) => x)).toEqual([50, 120]);
  expect(boundaries(files, 20, 20, 12).map(({ path }) => path)).toEqual(['a']);
});

test('replaced files are struck out, neighbours in one stroke', () => {
  const file = (start: number, end: number, replaced: boolean) => ({ path: `${start}`, start, end, replaced });
  const files = [file(0, 10, false), file(10, 20, true), file(20, 25, true), file(25, 60, false), file(60, 70, true), file(75, 80, true)];
  expect(replacedStretches(files, 100, 1000)).toEqual([
    { x: 100, width: 150 },
    { x: 600, width: 100 },
    { x: 750, width: 50 },
  ]);
  expect(replacedStretches([file(0, 10, false)], 10, 100)).toEqual([]);
  expect(boundaries(files, 100, 1000, 12).map(({ replaced }) => replaced)).toEqual([false, true, true, false, true, true]);
});

test('an added place is named so that it opens at its lines', () => {
  const span = { path: 'src/a b.ts', startLine: 3, endLine: 9, tokens: 1, why: '' };
  expect(parseLink(placeOf(span))).toEqual({ kind: 'file', path: 'src/a b.ts', line: 3, endLine: 9 });
  expect(placeOf({ ...span, endLine: 3 })).toBe('src/a b.ts:3');
});
