/** The farm on paper: what must hold whatever is drawn. */
import { describe, expect, it } from 'vitest';
import { archiveBytesPerToken, assumptions } from '../../../../src/bench/sharedArchive/assumptions';
import { caseOf } from '../../../../src/bench/sharedArchive/command';
import { fileSeconds, noTrouble, sharesOf, work, type Trouble, type Worker } from '../../../../src/bench/sharedArchive/farm';
import { breakEven, colleagues, drawFiles, piecesIn, rowOf, storeOf, type Case } from '../../../../src/bench/sharedArchive/paper';
import { below, seeded } from '../../../../src/sidecar/random';

const worker: Worker = { tokensPerSecond: 100, startSeconds: 10, bytesPerToken: 1000, bytesPerSecond: 1e6, requestSeconds: () => 0.1 };
const trouble: Trouble = { stragglers: 0.3, slowdown: 3, lossesPerHour: 5 };
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
/** Many small files and a few large ones. */
const filesOf = (seed: number, count = 400) => {
  const random = seeded(seed);
  return Array.from({ length: count }, () => 1 + below(random, random() < 0.05 ? 40_000 : 2000));
};
const shiftOf = (seed: number, workers: number, wrong: Trouble, shares = sharesOf(filesOf(seed), 64)) =>
  work(shares, { workers, worker, trouble: wrong }, seeded(seed));
const seeds = Array.from({ length: 20 }, (_, i) => i + 1);

it.each(seeds)('every file is in one share, and shares are alike (%i)', (seed) => {
  const files = filesOf(seed);
  const shares = sharesOf(files, 16);
  expect(shares.flat().sort()).toEqual(files.toSorted());
  const totals = shares.map(sum);
  expect(Math.max(...totals) - Math.min(...totals)).toBeLessThanOrEqual(Math.max(...files));
});

it('fewer files than shares, and none, are no trouble', () => {
  expect(sharesOf([5, 7], 16)).toEqual([[7], [5]]);
  expect(sharesOf([], 4)).toEqual([[]]);
});

it.each(seeds)('no work is lost and none is done twice, whatever goes wrong (%i)', (seed) => {
  for (const wrong of [noTrouble, trouble]) {
    const shift = shiftOf(seed, 8, wrong);
    expect(shift.tokens).toBe(sum(filesOf(seed)));
    const least = sum(filesOf(seed).map((tokens) => fileSeconds(worker, tokens)));
    expect(shift.useful).toBeGreaterThanOrEqual(least - 1e-6);
    if (wrong === noTrouble) expect(shift.useful).toBeCloseTo(least, 6);
    else expect([shift.losses > 0, shift.wasted > 0]).toEqual([true, true]);
    expect(shift.useful + shift.starting + shift.wasted + shift.idle).toBeCloseTo(8 * shift.makespan, 6);
    expect(shift.idle).toBeGreaterThanOrEqual(-1e-6);
  }
});

it.each(seeds)('it takes as long as the mean of the workers and as the longest share at least, and no longer than both (%i)', (seed) => {
  const shares = sharesOf(filesOf(seed), 64);
  const seconds = shares.map((share) => worker.startSeconds + sum(share.map((tokens) => fileSeconds(worker, tokens))));
  for (const workers of [1, 3, 8, 64, 100]) {
    const { makespan } = shiftOf(seed, workers, noTrouble, shares);
    const least = Math.max(sum(seconds) / workers, Math.max(...seconds));
    expect(makespan).toBeGreaterThanOrEqual(least - 1e-6);
    expect(makespan).toBeLessThanOrEqual(sum(seconds) / workers + Math.max(...seconds) + 1e-6);
  }
});

it.each(seeds)('without trouble more workers are never slower (%i)', (seed) => {
  const shares = sharesOf(filesOf(seed), 64);
  const spans = [1, 2, 3, 5, 8, 13, 32, 64, 128].map((workers) => shiftOf(seed, workers, noTrouble, shares).makespan);
  for (const [i, span] of spans.entries()) expect(span).toBeLessThanOrEqual((spans[i - 1] ?? Infinity) + 1e-6);
});

it('trouble costs time, and the same seed gives the same', () => {
  for (const seed of seeds) expect(shiftOf(seed, 8, trouble).makespan).toBeGreaterThan(shiftOf(seed, 8, noTrouble).makespan);
  expect(shiftOf(7, 8, trouble)).toEqual(shiftOf(7, 8, trouble));
  expect(shiftOf(7, 8, trouble)).not.toEqual(work(sharesOf(filesOf(7), 64), { workers: 8, worker, trouble }, seeded(8)));
});

describe('the paper', () => {
  const one: Case = { shape: '7b', tokensPerSecond: 3000, dollarsPerHour: 2, ownTokensPerSecond: 20, measuredIn: undefined };
  const assumed = { ...assumptions, tokens: 1_000_000 };
  const files = drawFiles(filesOf(1), assumed.tokens, seeded(1));

  it('draws exactly as many tokens as asked for, of files that are there', () => {
    expect(sum(files)).toBe(assumed.tokens);
    const real = new Set(filesOf(1));
    expect(files.slice(0, -1).every((tokens) => real.has(tokens))).toBe(true);
  });

  it.each([
    ['0.5b', 6528],
    ['1.5b', 15_232],
    ['7b', 30_464],
    ['30b-a3b', 52_224],
  ] as const)('a token of the %s takes %i bytes', (shape, bytes) => {
    expect(archiveBytesPerToken(shape)).toBe(bytes);
  });

  it('pays all workers until the last is done', () => {
    const row = rowOf(one, files, 8, assumed, [1, 2, 3]);
    const calm = rowOf(one, files, 8, { ...assumed, stragglers: 0, lossesPerHour: 0 }, [1, 2, 3]);
    expect(calm.dollars).toBeCloseTo((8 * calm.makespan.median * 2) / 3600, 6);
    expect([calm.makespan.calm, calm.losses]).toEqual([calm.makespan.median, 0]);
    expect(row.makespan.calm).toBeLessThanOrEqual(row.makespan.median);
    expect(row.makespan.median).toBeLessThanOrEqual(row.makespan.ninetieth);
    expect(sum(Object.values(row.shares))).toBeCloseTo(1, 9);
    expect(storeOf(one, files, assumed)).toMatchObject({ bytes: 30_464_000_000, objects: piecesIn(files) });
  });

  it('a colleague who takes little is answered sooner than one who takes all', () => {
    const [few, fewAlone, all, alone] = colleagues(one, files, assumed);
    expect(few!.seconds).toBeLessThan(all!.seconds);
    expect(fewAlone!.seconds).toBeLessThan(alone!.seconds);
    expect(all!.bytes).toBe(30_464_000_000);
    expect(alone!.seconds).toBeCloseTo(1_000_000 / 20, 6);
    // At the break-even reading takes as long as the bytes do.
    const even = { ...one, ownTokensPerSecond: breakEven(one, assumed) };
    expect(colleagues(even, files, { ...assumed, requestSeconds: 0 }).map(({ seconds }) => Math.round(seconds))).toEqual([
      Math.round(few!.seconds - 0.03 * 4),
      Math.round(few!.seconds - 0.03 * 4),
      Math.round(30_464 / 12.5),
      Math.round(30_464 / 12.5),
    ]);
  });

  it('a case is read as it is typed, and nothing else is one', () => {
    expect(caseOf('0.5b,65,0.05,60,page.md', [one])).toEqual([
      one,
      { shape: '0.5b', tokensPerSecond: 65, dollarsPerHour: 0.05, ownTokensPerSecond: 60, measuredIn: 'page.md' },
    ]);
    expect(caseOf('7b,3000,2,20', undefined)[0]?.measuredIn).toBeUndefined();
    for (const wrong of ['', '7b', '9b,1,1,1', '7b,x,1,1', '7b,0,1,1', '7b,-1,1,1', '7b,10,x,1', '7b,10,1'])
      expect(() => caseOf(wrong, undefined)).toThrow('is no case');
  });
});
