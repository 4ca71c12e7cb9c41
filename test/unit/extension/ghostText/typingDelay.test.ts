/** How long is waited before a question. */
import { expect, test } from 'vitest';
import { TypingDelay } from '../../../../src/extension/ghostText/typingDelay';

const bounds = { shortest: 20, longest: 600 };

/** Typed at a steady pace, with answers that take as long as given. */
function after({ interval, latency, keys = 20 }: { interval: number; latency: number; keys?: number }): TypingDelay {
  const delay = new TypingDelay(bounds);
  for (let i = 0; i < keys; i++) delay.typed(i * interval);
  for (let i = 0; i < 9; i++) delay.answered(latency);
  return delay;
}

test('while nothing is known it is the shortest', () => {
  const delay = new TypingDelay(bounds);
  expect(delay.milliseconds).toBe(20);
  delay.typed(0);
  delay.typed(100);
  expect(delay.milliseconds).toBe(20);
});

test('a fast engine is asked soon, a slow one after half of what an answer takes', () => {
  expect(after({ interval: 400, latency: 60 }).milliseconds).toBe(30);
  expect(after({ interval: 400, latency: 800 }).milliseconds).toBe(400);
});

test('but never later than a pause in typing can be seen', () => {
  expect(after({ interval: 100, latency: 5000 }).milliseconds).toBe(150);
  expect(after({ interval: 300, latency: 5000 }).milliseconds).toBe(450);
});

test('within its bounds', () => {
  expect(after({ interval: 100, latency: 5 }).milliseconds).toBe(20);
  expect(after({ interval: 900, latency: 90_000 }).milliseconds).toBe(600);
});

test('the first key after a pause is asked about at once, the second is not', () => {
  const delay = after({ interval: 100, latency: 1000, keys: 10 });
  delay.typed(5000);
  expect(delay.milliseconds).toBe(20);
  delay.typed(5100);
  expect(delay.milliseconds).toBe(150);
});

test('a pause is no typing speed', () => {
  const delay = after({ interval: 100, latency: 5000, keys: 10 });
  for (let i = 1; i <= 9; i++) {
    delay.typed(i * 20_000);
    delay.typed(i * 20_000 + 100);
  }
  expect(delay.milliseconds).toBe(150);
});

test('one slow answer and one slow key change nothing', () => {
  const delay = after({ interval: 200, latency: 200 });
  delay.answered(60_000);
  delay.typed(20 * 200 + 700);
  expect(delay.milliseconds).toBe(100);
});

test('a new speed counts after a few keys', () => {
  const delay = after({ interval: 100, latency: 5000 });
  for (let i = 1; i <= 9; i++) delay.typed(1900 + i * 300);
  expect(delay.milliseconds).toBe(450);
});
