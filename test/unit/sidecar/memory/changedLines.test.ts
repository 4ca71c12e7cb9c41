import { describe, expect, test } from 'vitest';
import { changeBetween, marksOf, type Lines } from '../../../../src/sidecar/memory/changedLines';
import { below, seeded } from '../../../../src/sidecar/random';

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `line ${i + 1}`);
const marks = (lines: string[]) => marksOf(lines.join('\n'), 10_000)!;
const between = (before: string[], after: string[], tokens = 10_000) => changeBetween(marks(before), marks(after), tokens);

describe('changed lines', () => {
  test('come with three lines around them, counted as they stand now', () => {
    const after = numbered(200).with(99, 'another');
    expect(between(numbered(200), after)?.lines).toEqual([{ startLine: 97, endLine: 103 }]);
    expect(between(numbered(200), after.toSpliced(10, 0, 'one', 'two'))?.lines).toEqual([
      { startLine: 8, endLine: 15 },
      { startLine: 99, endLine: 105 },
    ]);
  });

  test('that were removed leave the lines around their place', () => {
    expect(between(numbered(200), numbered(200).toSpliced(49, 5))?.lines).toEqual([{ startLine: 47, endLine: 52 }]);
  });

  test('at both ends of the file are not counted beyond it', () => {
    const after = numbered(200).with(0, 'first').with(199, 'last');
    expect(between(numbered(200), after)?.lines).toEqual([
      { startLine: 1, endLine: 4 },
      { startLine: 197, endLine: 200 },
    ]);
    expect(between(numbered(200), numbered(199))?.lines).toEqual([{ startLine: 197, endLine: 199 }]);
  });

  test('close to one another are one run', () => {
    expect(between(numbered(200), numbered(200).with(49, 'a').with(55, 'b'))?.lines).toEqual([{ startLine: 47, endLine: 59 }]);
  });

  test('that are half of the file, or too many to compare, are no small change', () => {
    expect(between(numbered(200), [...numbered(100), ...numbered(100).map((line) => `${line}!`)])).toBeUndefined();
    expect(
      between(
        numbered(20_000),
        numbered(20_000).map((line, i) => (i < 2000 ? `${line}!` : line)),
      ),
    ).toBeUndefined();
  });

  test('are not looked for in a small file', () => {
    expect(marksOf('a\nb\n', 1499)).toBeUndefined();
  });

  test('say everything that is new, whatever was edited', () => {
    const random = seeded(5);
    for (let round = 0; round < 200; round++) {
      const before = numbered(300);
      const after = [...before];
      for (let i = below(random, 6); i >= 0; i--) {
        const at = below(random, after.length);
        if (below(random, 2) === 0) after.splice(at, below(random, 5));
        else after.splice(at, below(random, 3), `new ${round}.${i}`, 'and more');
      }
      const change = between(before, after);
      const known = new Set(before);
      const inside = (line: number) => change?.lines.some(({ startLine, endLine }: Lines) => startLine <= line && line <= endLine);
      after.forEach((line, i) => {
        if (!known.has(line)) expect(inside(i + 1), `${round}: line ${i + 1}`).toBe(true);
      });
      for (const { startLine, endLine } of change?.lines ?? []) {
        expect(startLine).toBeGreaterThanOrEqual(1);
        expect(endLine).toBeLessThanOrEqual(after.length);
      }
      expect(change?.tokens ?? 0).toBeLessThanOrEqual(5000);
    }
  });
});
