import { expect, test } from 'vitest';
import { Pace } from '../../../../src/sidecar/memory/readingProgress';

/** Adds chunks of 256 tokens, each of which took so many milliseconds by the clock, half of them decoding. */
function paced() {
  let clock = 5000;
  const pace = new Pace(() => clock);
  const told: number[] = [];
  const add = (...each: number[]) => {
    for (const milliseconds of each) {
      clock += milliseconds;
      pace.add(256, milliseconds / 2);
      told.push(pace.current);
    }
  };
  return { pace, add, told, wait: (milliseconds: number) => (clock += milliseconds) };
}

test('the rate settles although one chunk takes ten times as long as the next', () => {
  const { add, told } = paced();
  for (let i = 0; i < 40; i++) add(200, 2000);
  const settled = told.slice(40);
  expect(Math.max(...settled) / Math.min(...settled)).toBeLessThan(1.25);
});

test('it follows when reading becomes slower for good', () => {
  const { pace, add } = paced();
  for (let i = 0; i < 60; i++) add(500);
  expect(pace.current).toBeCloseTo(512, 0);
  for (let i = 0; i < 60; i++) add(4000);
  expect(pace.current).toBeLessThan(75);
});

test('waiting for others counts for the time left and for the next plan, and not for the mean; what came before reading does not', () => {
  const { pace, add, wait } = paced();
  expect([pace.current, pace.lasting, pace.mean]).toEqual([0, 0, 0]);
  wait(60_000);
  pace.begin();
  add(1000, 1000);
  expect([pace.current, pace.lasting, pace.mean].map(Math.round)).toEqual([256, 256, 512]);
});

test('the first moment tells nothing', () => {
  const { pace, add } = paced();
  add(300);
  expect(pace.current).toBe(0);
});
