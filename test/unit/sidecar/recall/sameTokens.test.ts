/** Where a prompt stands as a file does, against a search by brute force. */
import { describe, expect, it } from 'vitest';
import { below, seeded } from '../../../../src/sidecar/random';
import { sameRuns, withoutOverlaps, type Run } from '../../../../src/sidecar/recall/sameTokens';

const tokens = (...parts: readonly (readonly number[])[]) => Uint32Array.from(parts.flat());
const range = (from: number, length: number) => Array.from({ length }, (_, i) => from + i);

/** Every run that cannot be made longer, the slow way. */
function byHand(prompt: Uint32Array, file: Uint32Array, shortest: number): Run[] {
  const runs: Run[] = [];
  for (let start = 0; start < prompt.length; start++)
    for (let from = 0; from < file.length; from++) {
      if (start > 0 && from > 0 && prompt[start - 1] === file[from - 1]) continue;
      let length = 0;
      while (start + length < prompt.length && from + length < file.length && prompt[start + length] === file[from + length]) length++;
      if (length >= shortest) runs.push({ start, from, length });
    }
  return runs;
}

const inOrder = (runs: readonly Run[]) => runs.toSorted((a, b) => a.start - b.start || a.from - b.from);

describe('what is the same in a prompt and a file', () => {
  it('is found whole, on both sides of what was edited', () => {
    const file = tokens(range(1000, 200));
    const prompt = tokens(range(1, 5), range(1000, 90), [7, 8, 9], range(1092, 100));
    expect(inOrder(sameRuns(prompt, file, 24))).toEqual([
      { start: 5, from: 0, length: 90 },
      { start: 98, from: 92, length: 100 },
    ]);
  });

  it.each(range(1, 100))('is what a search by brute force finds, in texts of few words too (seed %i)', (seed) => {
    const random = seeded(seed);
    const few = () => Array.from({ length: below(random, 60) }, () => below(random, 5));
    const [a, b, shared] = [few(), few(), few()];
    const shortest = 8 + below(random, 5);
    const [prompt, file] = [tokens(a, shared, b), tokens(b, shared, a)];
    expect(inOrder(sameRuns(prompt, file, shortest))).toEqual(inOrder(byHand(prompt, file, shortest)));
  });

  it('takes a moment where everything is the same token', () => {
    const [prompt, file] = [new Uint32Array(3000).fill(5), new Uint32Array(20_000).fill(5)];
    const runs = sameRuns(prompt, file, 24);
    expect(Math.max(...runs.map(({ length }) => length))).toBe(3000);
  });
});

describe('runs that overlap', () => {
  it('are cut back to what is left beside longer ones', () => {
    const runs = [
      { start: 0, from: 500, length: 60 },
      { start: 40, from: 0, length: 100 },
      { start: 120, from: 900, length: 70 },
      { start: 130, from: 300, length: 20 },
    ];
    expect(withoutOverlaps(runs, 24)).toEqual([
      { start: 0, from: 500, length: 40 },
      { start: 40, from: 0, length: 100 },
      { start: 140, from: 920, length: 50 },
    ]);
  });

  it.each(range(1, 100))('are in order, apart, and each the same tokens as before (seed %i)', (seed) => {
    const random = seeded(seed);
    const runs = Array.from({ length: below(random, 20) }, () => ({
      start: below(random, 300),
      from: below(random, 300),
      length: 8 + below(random, 72),
    }));
    const chosen = withoutOverlaps(runs, 24);
    expect(chosen.length > 0).toBe(runs.length > 0);
    for (const [i, { start, from, length }] of chosen.entries()) {
      expect(start + length).toBeLessThanOrEqual(chosen[i + 1]?.start ?? Infinity);
      const within = (given: Run) =>
        from - given.from === start - given.start && start >= given.start && start + length <= given.start + given.length;
      expect(runs.some(within)).toBe(true);
    }
  });
});
