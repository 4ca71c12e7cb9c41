/** What is told of the turns of two caches. */
import { expect, it } from 'vitest';
import { summariseTurns } from '../../../src/bench/speed/constancy';

it('is the mean of the ratios of each turn, which a slow turn of both does not change', () => {
  const turn = (pace: number, ratio: number) => ({
    short: { read: 1000 * pace, written: 100 * pace },
    long: { read: 900 * pace, written: 100 * pace * ratio },
  });
  const { read, written, medians } = summariseTurns([turn(1, 0.9), turn(0.1, 1), turn(2, 1.1)]);
  for (const bound of [read.mean, read.low, read.high]) expect(bound).toBeCloseTo(0.9);
  expect(written.mean).toBeCloseTo(1);
  expect(written.low).toBeLessThan(1);
  expect(written.high).toBeGreaterThan(1);
  expect(medians.short).toEqual({ read: 1000, written: 100 });
});
