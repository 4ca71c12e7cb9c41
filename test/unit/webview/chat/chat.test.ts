/** What the chat page computes without a page: colours of code, the stretches of the meter. */
import { describe, expect, test } from 'vitest';
import { stretches } from '../../../../src/webview/chat/contextBar';
import { highlighted } from '../../../../src/webview/chat/highlight';

/** The text that a browser shows for it. */
const shown = (html: string) =>
  html
    .replace(/<\/?span[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&amp;', '&');

describe('colouring', () => {
  test.each([
    ['ts', 'const a: string = `b ${c}`; // d < e & "f"\n'],
    ['py', 'class A:\n    def b(self): return "<b>"\n'],
    ['c++', '#include <map>\nint main() { return 0; }\n'],
    ['html', '<a href="x" onclick="alert(1)">&amp;</a>\n'],
    ['diff', '- a\n+ b\n'],
    ['sh', 'for a in *; do echo "$a"; done\n'],
    ['rust', "fn a<'b>(c: &'b str) {}\n"],
  ])('of %s finds something and changes no sign', (language, code) => {
    const html = highlighted(code, language);
    expect(html).toContain('<span class="hljs-');
    expect(shown(html ?? '')).toBe(code);
  });

  test('leaves alone what has no known language, or is too long to be coloured while it streams', () => {
    expect(highlighted('a', '')).toBeUndefined();
    expect(highlighted('a', 'klingon')).toBeUndefined();
    expect(highlighted('a'.repeat(40_000), 'ts')).toBeUndefined();
  });

  test.each(['<script>alert(1)</script>', '</code><img src=x onerror=alert(1)>', '"><b>'])('makes nothing but spans of %j', (code) => {
    for (const language of ['html', 'ts', 'markdown', 'php'])
      expect((highlighted(code, language) ?? '').replace(/<\/?span(?: class="[\w .-]*")?>/g, ''), language).not.toMatch(/[<>]/);
  });
});

describe('the meter', () => {
  const part = (source: 'system' | 'repository' | 'conversation' | 'free', tokens: number) => ({ source, tokens, readTokens: tokens });

  test('is as wide as its parts, in their order', () => {
    expect(stretches([part('repository', 50), part('conversation', 25), part('free', 25)], 1000, 5)).toEqual([
      { source: 'repository', x: 0, width: 500 },
      { source: 'conversation', x: 500, width: 250 },
      { source: 'free', x: 750, width: 250 },
    ]);
  });

  test('shows what is hardly there, and what is not there not at all', () => {
    const bar = stretches([part('system', 1), part('repository', 99_999), part('free', 0)], 1000, 5);
    expect(bar).toEqual([
      { source: 'system', x: 0, width: 5 },
      { source: 'repository', x: 5, width: expect.closeTo(995, 6) as number },
    ]);
    expect(stretches([part('free', 0)], 1000, 5)).toEqual([]);
  });

  test('whatever the numbers, the stretches fill it without a gap', () => {
    let seed = 1;
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let round = 0; round < 200; round++) {
      const parts = (['system', 'repository', 'conversation', 'free'] as const).map((source) =>
        part(source, random() < 0.3 ? 0 : Math.floor(10 ** (random() * 6))),
      );
      const bar = stretches(parts, 1000, 5);
      for (const [index, { x, width }] of bar.entries()) {
        expect(width).toBeGreaterThanOrEqual(5 - 1e-9);
        expect(x + width).toBeCloseTo(bar[index + 1]?.x ?? 1000, 6);
      }
    }
  });
});
