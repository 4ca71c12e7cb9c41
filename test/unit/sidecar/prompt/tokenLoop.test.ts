/** A loop is stopped early; what code, tables and lists repeat is not taken for one. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TokenLoop } from '../../../../src/sidecar/prompt/tokenLoop';

/** Words, numbers, white space and single signs: as fine as the tokenizers of code models, without a model. */
const ids = new Map<string, number>();
const tokensOf = (text: string) =>
  (text.match(/ ?\p{L}+|\d| ?[^\p{L}\d\s]|\n+ *| +/gu) ?? []).map((piece) => ids.get(piece) ?? ids.set(piece, ids.size).size - 1);

/** How many tokens were written when the loop was noticed, and how many of them stay. */
function looped(tokens: readonly number[]): { after: number; kept: number } | undefined {
  const loop = new TokenLoop();
  for (const [i, token] of tokens.entries()) {
    const kept = loop.push(token);
    if (kept !== undefined) return { after: i + 1, kept };
  }
  return undefined;
}
const repeated = (cycle: readonly number[], times: number) => Array.from({ length: times }, () => cycle).flat();
const count = (from: number, length: number) => Array.from({ length }, (_, i) => from + i);

describe('a loop', () => {
  it.each([1, 2, 3, 7, 21, 22, 64, 128, 160])('of %i tokens is noticed within an answer, its first round stays', (length) => {
    const before = count(10_000, 20);
    const found = looped([...before, ...repeated(count(0, length), 600)]);
    expect(found?.kept).toBe(before.length + length);
    expect(found?.after).toBeLessThan(512);
  });

  it('is noticed although it begins in the middle of its round', () => {
    const cycle = count(0, 30);
    const found = looped([...count(500, 5), ...cycle.slice(12), ...repeated(cycle, 10)]);
    expect(found?.kept).toBe(5 + 30);
    expect(found?.after).toBeLessThanOrEqual(5 + 3 * 30);
  });

  it('of zeros, of a line and of a paragraph is one', () => {
    expect(looped(tokensOf('0'.repeat(400)))).toBeDefined();
    expect(looped(tokensOf('The function returns the value.\n'.repeat(60)))).toBeDefined();
    expect(
      looped(tokensOf('- `a.ts` reads the file and gives its text to `b.ts`, which counts.\n- `b.ts` counts.\n'.repeat(20))),
    ).toBeDefined();
  });
});

describe('no loop', () => {
  it('is a cycle that was left again', () => {
    const cycle = count(0, 40);
    expect(looped([...cycle, ...cycle, ...count(100, 40), ...cycle, ...cycle, ...count(300, 40)])).toBeUndefined();
    expect(looped([...repeated([1], 63), 2, ...repeated([1], 63)])).toBeUndefined();
  });

  it('are a table, a matrix, a switch, a row of tests and a search/replace block of the same text', () => {
    const cases = ['red', 'green', 'blue', 'white', 'black'];
    const texts = [
      `| a | b | c | d | e | f |\n| --- | --- | --- | --- | --- | --- |\n${'| 0 | 0 | 0 | 0 | 0 | 0 |\n'.repeat(2)}`,
      `[${'0, '.repeat(20)}0]`,
      cases.map((name) => `    case '${name}':\n      return ${name};\n`).join(''),
      cases.map((name, i) => `test('${name}', () => {\n  expect(f(${i})).toBe(${i});\n});\n`).join(''),
      `<<<<<<< SEARCH\n${cases.join('\n')}\n=======\n${cases.join('\n')}\n>>>>>>> REPLACE\n`.repeat(2),
      `}\n`.repeat(12),
    ];
    for (const text of texts) expect(looped(tokensOf(text)), text).toBeUndefined();
  });

  it("is anything in this project's own source", () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(300);
    expect(files.filter((file) => looped(tokensOf(readFileSync(`src/${file}`, 'utf8'))))).toEqual([]);
  });
});
