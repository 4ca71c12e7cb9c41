/** Attention that flows along edges. */
import { describe, expect, it } from 'vitest';
import { pageRank } from '../../../../src/repo/order/pageRank';

const to = (...targets: [file: number, weight: number][]) => new Map(targets);

describe('the ranks', () => {
  it('of no files are none', () => expect(pageRank([])).toHaveLength(0));

  it('are equal where nothing depends on anything', () => {
    expect([...pageRank([to(), to(), to(), to()])]).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it('grow along chains and with weight, and are 1 together', () => {
    // 0 → 1 → 2, and 3 depends much on 2 and little on 1.
    const ranks = pageRank([to([1, 1]), to([2, 1]), to(), to([2, 9], [1, 1])]);
    const [zero = 0, one = 0, two = 0, three = 0] = ranks;
    expect(zero).toBe(three);
    expect(one).toBeGreaterThan(zero);
    expect(two).toBeGreaterThan(one);
    expect(ranks.reduce((sum, rank) => sum + rank)).toBeCloseTo(1, 9);
  });

  it('settle in cycles, and are the same every time', () => {
    const ring = Array.from({ length: 500 }, (_, i) => to([(i + 1) % 500, 1], [(i * i) % 500 === i ? (i + 2) % 500 : (i * i) % 500, 0.5]));
    expect(pageRank(ring)).toEqual(pageRank(ring));
  });
});
