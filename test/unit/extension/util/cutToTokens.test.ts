/** A text that is too long is cut at line ends, never above the limit, and what is missing is counted. */
import { expect, it } from 'vitest';
import { cutToTokens, type CountTokens } from '../../../../src/extension/util/cutToTokens';
import { Random } from '../../../engine/reference/random';

/** One token for every three characters begun, and one for every line end: not what any real tokenizer does, and steady. */
const tokens = (text: string): number => (text === '' ? 0 : Math.ceil(text.length / 3) + text.split('\n').length - 1);
const count: CountTokens = (texts) => Promise.resolve(texts.map(tokens));

it('keeps what fits', async () => {
  expect(await cutToTokens('a\nb\nc', 100, 'start', count)).toEqual({ text: 'a\nb\nc', tokens: 4, lines: 0 });
});

it('is a beginning or an end of the lines, within the limit, with the number of those that are missing', async () => {
  const random = new Random(5);
  for (let round = 0; round < 200; round++) {
    const lines = Array.from({ length: random.whole(1, 60) }, () => 'x'.repeat(random.whole(0, 50)));
    const limit = random.whole(1, 200);
    const keep = random.one(['start', 'end'] as const);
    const cut = await cutToTokens(lines.join('\n'), limit, keep, count);
    const kept = lines.length - cut.lines;
    expect(cut.text).toBe((keep === 'start' ? lines.slice(0, kept) : kept === 0 ? [] : lines.slice(-kept)).join('\n'));
    expect(tokens(cut.text)).toBeLessThanOrEqual(limit);
  }
});

it('wastes little when lines are alike', async () => {
  const cut = await cutToTokens('word word\n'.repeat(10_000), 1000, 'end', count);
  expect(cut.tokens).toBeGreaterThan(800);
});

it('and little when the lines that are cut are the long ones', async () => {
  const lines = [...Array.from({ length: 500 }, () => 'short'), ...Array.from({ length: 500 }, () => 'long '.repeat(100))];
  const cut = await cutToTokens(lines.join('\n'), 1000, 'start', count);
  expect(cut.tokens).toBeGreaterThan(800);
});

it('is empty when not one line fits', async () => {
  expect(await cutToTokens('x'.repeat(1000), 10, 'start', count)).toEqual({ text: '', tokens: 0, lines: 1 });
});

it('asks a few times only, and never about a text of any length', async () => {
  const asked: number[] = [];
  const counting: CountTokens = (texts) => {
    asked.push(...texts.map((text) => text.length));
    return count(texts);
  };
  await cutToTokens(`${'x'.repeat(99)}\n`.repeat(100_000), 50, 'start', counting);
  expect(asked.length).toBeLessThanOrEqual(6);
  expect(Math.max(...asked)).toBeLessThanOrEqual(400_000);
});
