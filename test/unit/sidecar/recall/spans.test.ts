/** From candidates to what is added: never more than the budget, never twice, in the order of the files. */
import { describe, expect, it } from 'vitest';
import { userTurn } from '../../../../src/sidecar/prompt/chatPrompt';
import { below, seeded, type Random } from '../../../../src/sidecar/random';
import { chooseSpans, type SourceSpan } from '../../../../src/sidecar/recall/spans';
import type { RecallCandidate } from '../../../../src/sidecar/recall/types';

/** Like a real tokenizer's, the tokens of two texts together are not those of each. */
const count = (text: string) => text.match(/\w{1,4}|\n+`*|\s+|[^\w\s]{1,3}/g)?.length ?? 0;
const file = Array.from({ length: 60 }, (_, i) => `const value_${i + 1} = ${i + 1};`);
const candidate = (path: string, startLine: number, endLine: number, score: number, at = startLine): RecallCandidate => ({
  path,
  startLine,
  endLine,
  at,
  score,
  why: `mentions ${startLine}`,
  text: file.slice(startLine - 1, endLine).join('\n'),
});
const places = (spans: readonly SourceSpan[]) => spans.map(({ path, startLine, endLine }) => `${path}:${startLine}-${endLine}`);
const choose = (candidates: RecallCandidate[], budget = 1000, leastShare = 0) => chooseSpans(candidates, { budget, count, leastShare });

describe('spans', () => {
  it('stand by file, the file with the best one last, lines ascending', () => {
    const spans = choose([candidate('b.ts', 9, 9, 100), candidate('a.ts', 5, 6, 90), candidate('b.ts', 1, 2, 80)]);
    expect(places(spans)).toEqual(['a.ts:5-6', 'b.ts:1-2', 'b.ts:9-9']);
  });

  it('are joined where they touch, with both reasons', () => {
    const [joined, ...others] = choose([candidate('a.ts', 4, 6, 100), candidate('a.ts', 7, 8, 90), candidate('a.ts', 2, 3, 80)]);
    expect(others).toEqual([]);
    expect(joined).toMatchObject({
      startLine: 2,
      endLine: 8,
      why: 'mentions 2; mentions 4; mentions 7',
      text: file.slice(1, 8).join('\n'),
    });
    expect(places(choose([candidate('a.ts', 4, 6, 100), candidate('b.ts', 7, 8, 90)]))).toHaveLength(2);
  });

  it('are cut down to the line that they are about where there is room for less', () => {
    const whole = candidate('a.ts', 1, 40, 100, 30);
    const tokens = (span: RecallCandidate) => count(userTurn({ question: '', recalled: [span] }));
    expect(places(choose([whole], tokens(whole)))).toEqual(['a.ts:1-40']);
    expect(places(choose([whole], tokens(whole) - 1))).toEqual(['a.ts:27-38']);
    expect(places(choose([whole], tokens(candidate('a.ts', 30, 30, 1))))).toEqual(['a.ts:30-30']);
    expect(choose([whole], tokens(candidate('a.ts', 30, 30, 1)) - 1)).toEqual([]);
  });

  it('are only the ones that come near the best', () => {
    const candidates = [candidate('a.ts', 1, 1, 100), candidate('b.ts', 1, 1, 60), candidate('c.ts', 1, 1, 40)];
    expect(places(chooseSpans(candidates, { budget: 1000, count }))).toEqual(['b.ts:1-1', 'a.ts:1-1']);
    expect(choose(candidates)).toHaveLength(3);
    expect(choose([])).toEqual([]);
  });

  it('leave out a line that no budget holds, without counting it', () => {
    const huge = { ...candidate('min.js', 1, 1, 100), text: 'x'.repeat(5_000_000) };
    let longest = 0;
    const spans = chooseSpans([huge, candidate('a.ts', 1, 1, 90)], {
      budget: 500,
      count: (text) => {
        longest = Math.max(longest, text.length);
        return count(text);
      },
    });
    expect(places(spans)).toEqual(['a.ts:1-1']);
    expect(longest).toBeLessThan(100_000);
  });

  it('hold the budget as a whole, also when that has more tokens than its parts', () => {
    const grows = (text: string) => Math.ceil(text.length ** 1.3 / 20);
    const candidates = Array.from({ length: 12 }, (_, i) => candidate(`f${i}.ts`, 1, 3, 100 - i));
    for (let budget = 0; budget < 400; budget += 7) {
      const spans = chooseSpans(candidates, { budget, count: grows });
      expect(grows(userTurn({ question: '', recalled: spans }))).toBeLessThanOrEqual(budget);
      if (budget > 150) expect(spans.at(-1)!.path).toBe('f0.ts');
    }
  });

  it('never exceed the budget as they stand in the prompt, nor overlap, and are what the file says', () => {
    const random = seeded(11);
    let used = 0;
    for (let round = 0; round < 120; round++) {
      const budget = below(random, 400);
      const spans = choose(someCandidates(random), budget);
      expect(count(userTurn({ question: '', recalled: spans }))).toBeLessThanOrEqual(budget);
      used += spans.length;
      for (const [i, span] of spans.entries()) {
        expect(span.text).toBe(file.slice(span.startLine - 1, span.endLine).join('\n'));
        const next = spans[i + 1];
        if (next?.path === span.path) expect(next.startLine).toBeGreaterThan(span.endLine + 1);
        expect(spans.filter(({ path }) => path === span.path)).toEqual(
          spans.slice(
            spans.findIndex(({ path }) => path === span.path),
            spans.findLastIndex(({ path }) => path === span.path) + 1,
          ),
        );
      }
    }
    expect(used).toBeGreaterThan(100);
  });
});

/** Best first, not overlapping, as an index gives them. */
function someCandidates(random: Random): RecallCandidate[] {
  const all = ['a.ts', 'b.ts', 'src/c d.ts'].flatMap((path) => {
    const found: RecallCandidate[] = [];
    for (let line = 1 + below(random, 9); line < 60; line += below(random, 12)) {
      const end = Math.min(60, line + below(random, 20));
      found.push(candidate(path, line, end, 100 * random(), line + below(random, end - line + 1)));
      line = end + 1;
    }
    return found;
  });
  return all.toSorted((a, b) => b.score - a.score);
}
