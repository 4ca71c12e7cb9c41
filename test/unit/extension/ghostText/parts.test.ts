/** The small parts: what is shown, what is counted, what waits. */
import { describe, expect, it, test, vi } from 'vitest';
import { ResponseError } from 'vscode-jsonrpc/node';
import { toSidecarError } from '../../../../src/extension/engine/sidecarError';
import type { ModelInfo, Status } from '../../../../src/protocol';
import { CompletionNumbers } from '../../../../src/extension/ghostText/completionNumbers';
import { fits, suggestionFrom } from '../../../../src/extension/ghostText/suggestion';
import { statusTooltip } from '../../../../src/extension/status/tooltip';
import { untranslated } from '../../../../src/extension/util/text';
import { pause, untilAborted } from '../../../../src/extension/util/timer';
import { FakeDocument } from './fakeEditor';
import { FakeTimer } from './fakeTimer';

describe('what is shown', () => {
  it('begins with what was typed of it on this line', () => {
    expect(suggestionFrom({ text: 'o()', replaces: 1, typed: 'fo' }, { line: 0, character: 6 })).toEqual({
      text: 'foo()',
      start: 4,
      end: 7,
    });
    expect(suggestionFrom({ text: 'g()', replaces: 0, typed: '{\n  ' }, { line: 1, character: 2 })).toEqual({
      text: 'g()',
      start: 2,
      end: 2,
    });
  });

  it.each([
    ['an insertion', 'ab', 1, { text: 'x', start: 1, end: 1 }, true],
    ['a text that covers what it writes again', 'f()', 2, { text: 'a);', start: 2, end: 3 }, true],
    ['a text that begins with what was typed', 'fo', 2, { text: 'foo', start: 0, end: 2 }, true],
    ['a text that would lose what it covers', 'f()', 2, { text: 'a', start: 2, end: 3 }, false],
    ['closers in another order', 'f(])', 2, { text: 'a)]', start: 2, end: 4 }, false],
    ['a text that begins otherwise than what was typed', 'fa', 2, { text: 'foo', start: 0, end: 2 }, false],
    ['a part that goes beyond the line', 'f(', 2, { text: 'a)', start: 2, end: 3 }, false],
    ['a part that begins before the line', 'f', 0, { text: 'a', start: -1, end: 0 }, false],
    ['a part beside the cursor', 'abc', 1, { text: 'x', start: 2, end: 3 }, false],
  ])('%s', (_, text, character, suggestion, expected) => {
    expect(fits(suggestion, new FakeDocument(text), { line: 0, character })).toBe(expected);
  });

  it('is nothing in a closed document, or on a line that is gone', () => {
    const document = new FakeDocument('ab');
    const suggestion = { text: 'x', start: 0, end: 0 };
    expect(fits(suggestion, document, { line: 1, character: 0 })).toBe(false);
    document.isClosed = true;
    expect(fits(suggestion, document, { line: 0, character: 0 })).toBe(false);
  });
});

describe('what is counted', () => {
  const cost = (milliseconds: number) => ({ reusedTokens: 1, readTokens: 2, generatedTokens: 3, milliseconds });

  it('is the last, and the middle and the slow end of the latest hundred', () => {
    const numbers = new CompletionNumbers();
    const changed = vi.fn();
    numbers.onChange(changed);
    for (let i = 0; i < 50; i++) numbers.add(cost(100_000));
    for (let i = 1; i <= 100; i++) numbers.add(cost(i));
    expect(numbers.summary).toEqual({ last: cost(100), p50: 50.5, p95: 95.05, count: 100 });
    expect(changed).toHaveBeenCalledTimes(150);
  });

  it('stands in the tooltip', () => {
    const summary = {
      last: { reusedTokens: 4096, readTokens: 12, generatedTokens: 8, milliseconds: 141.6 },
      p50: 120,
      p95: 1300,
      count: 37,
    };
    const model = { name: 'm', bytes: 1, device: 'CPU', policy: 'tree', positions: 'auto' } as ModelInfo;
    const status = { state: 'ready', kvBytes: 0, kvBytesFull: 0, model } satisfies Status;
    const text = (completions?: typeof summary) =>
      statusTooltip(status, { trusted: true, budget: 0, progress: undefined, notes: [], completions }, untranslated).replaceAll('\\', '');
    expect(text(summary)).toContain('| Ghost text | 142 ms, tokens: 4,096 reused, 12 read, 8 written |');
    expect(text(summary)).toContain('| Latest 37 | half within 120 ms, 95% within 1,300 ms |');
    expect(text()).not.toContain('written');
  });
});

describe('waiting', () => {
  it('ends with the time, or with the signal, and leaves nothing behind', async () => {
    const timer = new FakeTimer();
    const ended: string[] = [];
    const stop = new AbortController();
    void pause(timer, 100, new AbortController().signal).then(() => ended.push('time'));
    void pause(timer, 1000, stop.signal).then(() => ended.push('signal'));
    await timer.advance(100);
    expect(ended).toEqual(['time']);
    stop.abort();
    await timer.advance(0);
    expect(ended).toEqual(['time', 'signal']);
    expect(timer.waiting).toBe(0);
  });

  it('does not begin for no time, or after the signal', async () => {
    const timer = new FakeTimer();
    await pause(timer, 0, new AbortController().signal);
    await pause(timer, 100, AbortSignal.abort());
    expect(timer.waiting).toBe(0);
  });

  it('for a promise ends with it, with its failure, or with the signal', async () => {
    const never = new Promise<void>(() => undefined);
    const { signal } = new AbortController();
    await untilAborted(Promise.resolve(), signal);
    await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
    await untilAborted(never, AbortSignal.abort());
    const stop = new AbortController();
    const waiting = untilAborted(never, stop.signal);
    stop.abort();
    await waiting;
  });
});

test('a request that a newer one overtook in the sidecar was stopped, not failed', () => {
  expect(toSidecarError(new ResponseError(-32800, 'overtaken')).code).toBe('stopped');
  expect(toSidecarError(new ResponseError(-32803, 'full', { code: 'context-full' })).code).toBe('context-full');
});
