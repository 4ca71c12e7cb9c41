/** What is told of two things measured in turns. */
import { expect, it } from 'vitest';
import { summariseTurns, takeTurns } from '../../../../src/bench/speed/takeTurns';

it('is the mean of the ratios of each turn, which a slow turn of both does not change', () => {
  const turn = (pace: number, ratio: number) => ({
    base: { read: 1000 * pace, written: 100 * pace },
    other: { read: 900 * pace, written: 100 * pace * ratio },
  });
  const { read, written, medians } = summariseTurns([turn(1, 0.9), turn(0.1, 1), turn(2, 1.1)]);
  for (const bound of [read.mean, read.low, read.high]) expect(bound).toBeCloseTo(0.9);
  expect(written.mean).toBeCloseTo(1);
  expect(written.low).toBeLessThan(1);
  expect(written.high).toBeGreaterThan(1);
  expect(medians.base).toEqual({ read: 1000, written: 100 });
});

it('leaves the first turn out, and lets each begin every second one', async () => {
  const order: string[] = [];
  const measure = (name: string, speed: number) => () => {
    order.push(name);
    return Promise.resolve({ read: speed, written: speed });
  };
  const turns = await takeTurns(3, { base: measure('base', 1), other: measure('other', 2) }, () => undefined);
  expect(order).toEqual(['base', 'other', 'other', 'base', 'base', 'other']);
  expect(turns).toHaveLength(2);
  expect(turns[0]).toEqual({ base: { read: 1, written: 1 }, other: { read: 2, written: 2 } });
});
