import { describe, expect, test } from 'vitest';
import { spanShares } from '../../../../../src/sidecar/memory/map/spanShares';

/** Two layers over 100 tokens: the first holds every second token, the other the last ten. */
const holds = [(token: number) => token % 2 === 0, (token: number) => token >= 90];
const held = (_: number, starts: readonly number[]) =>
  holds.map((holding) =>
    starts.map((start, i) => {
      const end = starts[i + 1] ?? 100;
      let count = 0;
      for (let token = start; token < end; token++) count += holding(token) ? 1 : 0;
      return end > start ? count / (end - start) : 0;
    }),
  );

describe('the share of a span', () => {
  test('is counted between its own ends, with gaps, overlaps and in any order', () => {
    const spans = [
      { start: 80, end: 100 },
      { start: 0, end: 10 },
      { start: 5, end: 95 },
      { start: 91, end: 92 },
    ];
    expect(spanShares(held, 0, spans, [0])).toEqual([0.5, 0.5, 0.5, 0]);
    expect(spanShares(held, 0, spans, [1])).toEqual([0.5, 0, 0.05556, 1]);
    expect(spanShares(held, 0, spans, [0, 1])).toEqual([0.5, 0.25, 0.2778, 0.5]);
  });

  test('is that of its tokens, whatever other spans there are', () => {
    for (let start = 0; start < 100; start += 7)
      for (let end = start + 1; end <= 100; end += 11) {
        const expected = [...Array(end - start).keys()].filter((i) => start + i >= 90).length / (end - start);
        const others = [
          { start: 3, end: 97 },
          { start: end, end: 100 },
        ];
        expect(spanShares(held, 0, [...others, { start, end }], [1]).at(-1)).toBeCloseTo(expected, 3);
      }
  });

  test('is nothing for nothing', () => {
    expect(spanShares(held, 0, [], [0])).toEqual([]);
    expect(spanShares(held, 0, [{ start: 5, end: 5 }], [0])).toEqual([0]);
    expect(spanShares(held, 0, [{ start: 5, end: 9 }], [])).toEqual([0]);
  });
});
