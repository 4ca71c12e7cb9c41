/** Where the entries of the cache come from: ranges of the sequence, and what is still held of each. */
import { describe, expect, test } from 'vitest';
import type { AskParams, ContextSource } from '../../../../src/protocol';
import { contextParts, memoryStretches, promptStretches, type TokenStretch } from '../../../../src/sidecar/chat/contextParts';

const file = (path: string, start: number, end: number) => ({ path, hash: path, start, end, replaced: false });

describe('the memory', () => {
  test('is repository, and what came again is journal', () => {
    const files = [file('a', 5, 10), file('b', 10, 30), file('a', 30, 36), file('c', 40, 50), file('b', 50, 55)];
    expect(memoryStretches(files, 60)).toEqual([
      { source: 'repository', tokens: 30 },
      { source: 'journal', tokens: 6 },
      { source: 'repository', tokens: 14 },
      { source: 'journal', tokens: 5 },
      { source: 'repository', tokens: 5 },
    ]);
  });

  test('counts only what the chat has a copy of', () => {
    expect(memoryStretches([file('a', 5, 10), file('a', 10, 16)], 10)).toEqual([{ source: 'repository', tokens: 10 }]);
    expect(memoryStretches([], 0)).toEqual([{ source: 'repository', tokens: 0 }]);
  });
});

describe('a prompt', () => {
  /** One token per character, ten around every turn. */
  const countPlain = ({ question, history = [], selection, attachments = [], system }: AskParams) =>
    10 +
    question.length +
    history.reduce((sum, { text }) => sum + 10 + text.length, 0) +
    [...attachments, ...(selection ? [selection] : [])].reduce((sum, { text }) => sum + text.length, 0) +
    (system === undefined ? 0 : 10 + system.length);
  /** As a template does that has a system text of 6 tokens where nobody gives one. */
  const count = (ask: AskParams) => countPlain({ system: 'p'.repeat(6), ...ask });
  const lines = (text: string) => ({ path: 'a.ts', startLine: 1, endLine: 2, text });
  const sizes = (ask: AskParams, recalled: number) => {
    const plain = count(ask);
    const sums: Partial<Record<ContextSource, number>> = {};
    const stretches = promptStretches(ask, { count, countPlain }, plain + recalled, plain);
    for (const { source, tokens } of stretches) sums[source] = (sums[source] ?? 0) + tokens;
    expect(stretches.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(plain + recalled);
    return sums;
  };

  test('is counted by its parts, which together are all of it', () => {
    const ask = {
      question: 'q'.repeat(7),
      system: 's'.repeat(20),
      history: [{ role: 'user' as const, text: 'h'.repeat(30) }],
      selection: lines('x'.repeat(40)),
      attachments: [lines('y'.repeat(50))],
    };
    expect(sizes(ask, 60)).toEqual({ system: 30, conversation: 40 + 17, recalled: 60, attached: 90 });
  });

  test('of a bare question is conversation, and the system text of the template', () => {
    expect(sizes({ question: 'why?' }, 0)).toEqual({ system: 16, conversation: 14, recalled: 0, attached: 0 });
  });
});

describe('the parts', () => {
  const layer = (budget: number) => ({ layer: 0, budget, kept: 0 });
  /** A cache whose layers hold the newest tokens alone. */
  const window = (position: number, ...budgets: number[]) => ({
    position,
    layers: budgets.map(layer),
    held: (starts: readonly number[]) =>
      budgets.map((budget) =>
        starts.map((start, index) => {
          const end = starts[index + 1] ?? position;
          return Math.max(0, end - Math.max(start, position - budget)) / (end - start);
        }),
      ),
  });
  const stretches: TokenStretch[] = [
    { source: 'repository', tokens: 100 },
    { source: 'journal', tokens: 20 },
    { source: 'system', tokens: 0 },
    { source: 'recalled', tokens: 30 },
    { source: 'conversation', tokens: 10 },
  ];

  test('are what is held; what follows the prompt is the answer', () => {
    expect(contextParts(stretches, window(165, 80))).toEqual([
      { source: 'repository', tokens: 15, readTokens: 100 },
      { source: 'journal', tokens: 20, readTokens: 20 },
      { source: 'recalled', tokens: 30, readTokens: 30 },
      { source: 'conversation', tokens: 15, readTokens: 15 },
      { source: 'free', tokens: 0, readTokens: 0 },
    ]);
  });

  test('are the mean of the layers', () => {
    expect(contextParts(stretches, window(160, 40, 200))).toEqual([
      { source: 'repository', tokens: 50, readTokens: 100 },
      { source: 'journal', tokens: 10, readTokens: 20 },
      { source: 'recalled', tokens: 30, readTokens: 30 },
      { source: 'conversation', tokens: 10, readTokens: 10 },
      { source: 'free', tokens: 20, readTokens: 0 },
    ]);
  });

  test('of a reading that was stopped are what had been read', () => {
    expect(contextParts(stretches, window(110, 1000))).toEqual([
      { source: 'repository', tokens: 100, readTokens: 100 },
      { source: 'journal', tokens: 10, readTokens: 10 },
      { source: 'free', tokens: 890, readTokens: 0 },
    ]);
  });
});

test('of a sequence into which nothing was read, the engine is asked nothing', () => {
  const held = () => {
    throw new TypeError('starts must not be empty');
  };
  const layers = [{ layer: 0, budget: 64, kept: 0 }];
  expect(contextParts([{ source: 'conversation', tokens: 9 }], { position: 0, layers, held })).toEqual([
    { source: 'free', tokens: 64, readTokens: 0 },
  ]);
});
