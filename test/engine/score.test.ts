/** Scores: what each makes of the signals it asks for. The addon shows a score nothing else, so a signal forgotten is a 0. */
import { describe, expect, it } from 'vitest';
import { pure } from './pure';

const signals = { sum: 3, seen: 4, last: 0.125, novelty: 0.625, norm: 7 };

it('are these, and none is without signals', () => {
  expect(pure.scores()).toEqual(['none', 'attention', 'attention-sum', 'attention-last', 'keydiff', 'knorm']);
  expect(pure.scoreOf('none', signals, 0)).toBe(0);
});

it.each([
  ['attention', 0.75],
  ['attention-sum', 3],
  ['attention-last', 0.125],
  ['keydiff', 0.625],
  ['knorm', 0.125],
])('%s is %f', (name, expected) => {
  expect(pure.scoreOf(name, signals, 4)).toBe(expected);
});

it.each(['attention', 'attention-sum'])('%s is not known before enough queries have seen the entry', (name) => {
  expect(pure.scoreOf(name, signals, 5)).toBeNaN();
  expect(pure.scoreOf(name, { sum: 0, seen: 0 }, 0)).toBeNaN();
  expect(pure.scoreOf(name, { sum: 0, seen: 1 }, 1)).toBe(0);
});

it.each(['attention-last', 'keydiff', 'knorm'])('%s is known at once', (name) => {
  expect(pure.scoreOf(name, { ...signals, seen: 0 }, 100)).toBe(pure.scoreOf(name, signals, 0));
});

it('knorm orders keys as minus the norm does, and is never negative', () => {
  const norms = [0, 0.5, 1, 20, 1e6];
  const scores = norms.map((norm) => pure.scoreOf('knorm', { norm }, 0));
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  expect(new Set(scores).size).toBe(norms.length);
  expect(scores.every((score) => score >= 0)).toBe(true);
});

describe('bad input', () => {
  const scoreOf = pure.scoreOf as (...args: unknown[]) => number;
  it.each([
    [['best', {}, 0], /no score 'best'; there are none, attention,/],
    [['toString', {}, 0], RangeError],
    [['', {}, 0], RangeError],
    [[7, {}, 0], TypeError],
    [[], TypeError],
    [['knorm'], TypeError],
    [['knorm', 'norm', 0], TypeError],
    [['knorm', { norm: '7' }, 0], TypeError],
    [['knorm', { seen: 1.5 }, 0], RangeError],
    [['knorm', { seen: -1 }, 0], RangeError],
    [['knorm', {}, NaN], RangeError],
  ])('%j throws', (args, error) => {
    expect(() => scoreOf(...args)).toThrow(error);
  });
});
