/** Of a long diff every file keeps something, small changes stay whole, and what is missing is said. */
import { expect, it } from 'vitest';
import { fitDiff } from '../../../../src/extension/commitMessage/fitDiff';
import type { CountTokens } from '../../../../src/extension/util/cutToTokens';
import { Random } from '../../../engine/reference/random';

const words = (text: string): number => text.split(/\s+/).filter(Boolean).length;
const count: CountTokens = (texts) => Promise.resolve(texts.map(words));
const change = (path: string, lines: number) =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n${'+one more line\n'.repeat(lines)}`;

it('is left alone when it fits', async () => {
  const diff = change('a.ts', 3) + change('b.ts', 2);
  expect(await fitDiff(diff, 100, count)).toEqual({ text: diff.trimEnd(), cut: 0, files: 2 });
  expect(await fitDiff('', 100, count)).toEqual({ text: '', cut: 0, files: 0 });
});

it('keeps small changes whole and the order of the files', async () => {
  const { text, cut, files } = await fitDiff(change('a.ts', 1) + change('large.ts', 1000) + change('z.ts', 1), 200, count);
  expect([cut, files]).toEqual([1, 3]);
  expect(text).toMatch(
    /^diff --git a\/a\.ts [^]+diff --git a\/large\.ts [^]+\n\[9\d\d more lines of this file are not shown\]\ndiff --git a\/z\.ts /,
  );
  expect(text).toContain(change('a.ts', 1).trimEnd());
  expect(text.endsWith(change('z.ts', 1).trimEnd())).toBe(true);
});

it('gives what small files leave to larger ones, wherever they stand', async () => {
  const { text, cut } = await fitDiff(change('large.ts', 1000) + change('middle.ts', 30) + change('a.ts', 1), 240, count);
  expect(cut).toBe(1);
  expect(text).toContain(change('middle.ts', 30).trimEnd());
});

it('names every file, and stays within the limit but for what says that something is missing', async () => {
  const random = new Random(3);
  for (let round = 0; round < 100; round++) {
    const sizes = Array.from({ length: random.whole(1, 20) }, () => random.whole(0, 300));
    const limit = random.whole(20, 2000);
    const { text, cut } = await fitDiff(sizes.map((size, index) => change(`f${index}.ts`, size)).join(''), limit, count);
    for (const index of sizes.keys()) expect(text).toContain(`diff --git a/f${index}.ts`);
    const marks = text.split('\n').filter((line) => line.startsWith('[')).length;
    expect(marks).toBe(cut);
    expect(words(text)).toBeLessThanOrEqual(limit + marks * 14);
  }
});

it('counts files that are not looked at', async () => {
  const { text, cut, files } = await fitDiff(Array.from({ length: 130 }, (_, index) => change(`f${index}.ts`, 50)).join(''), 1000, count);
  expect([cut, files]).toEqual([130, 130]);
  expect(text.endsWith('\n[30 more files are not shown]')).toBe(true);
});

it('survives a file in one endless line', async () => {
  const { text, cut } = await fitDiff(`${change('a.ts', 1)}diff --git a/min.js b/min.js\n+${'x '.repeat(3_000_000)}\n`, 500, count);
  expect(cut).toBe(1);
  expect(text.length).toBeLessThan(1000);
});
