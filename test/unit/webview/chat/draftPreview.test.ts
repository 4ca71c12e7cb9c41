import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DraftPreview } from '../../../../src/webview/chat/draftPreview';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const strings = { unknownMention: '{0} names nothing.' };
const nothing = { unknown: [], notes: [] };

function composer() {
  const asked: string[] = [];
  const sent: string[] = [];
  const preview = new DraftPreview(
    (text) => asked.push(text),
    () => undefined,
    (text) => sent.push(text),
  );
  return { asked, sent, preview };
}

test('is asked for once, a moment after the last key, and only where something is mentioned', () => {
  const { asked, preview } = composer();
  for (const text of ['what', 'what @file', 'what @file:a', 'what @file:a.ts ']) preview.typed(text);
  vi.advanceTimersByTime(1000);
  preview.typed('write to someone@example.org');
  vi.advanceTimersByTime(1000);
  expect(asked).toEqual(['what @file:a.ts ']);
  expect(preview.maySend('write to someone@example.org')).toBe(true);
});

test('a chip stands for what was found, and stays while one types on', () => {
  const { preview } = composer();
  preview.typed('@file:a.ts @file:Stop');
  expect(preview.known('@file:a.ts')).toBe(false);
  preview.received('@file:a.ts @file:Stop', { unknown: ['@file:Stop'], notes: ['b is too long.'] });
  expect([preview.known('@file:a.ts'), preview.known('@file:Stop')]).toEqual([true, false]);
  preview.typed('@file:a.ts @file:Stop x');
  expect(preview.known('@file:a.ts')).toBe(true);
  preview.received('an older draft', { unknown: ['@file:a.ts'], notes: [] });
  expect(preview.known('@file:a.ts')).toBe(true);
});

test('what does not fit is said before; what names nothing is said at the first Enter and sent at the second', () => {
  const { preview, sent } = composer();
  preview.typed('@file:Stop');
  preview.received('@file:Stop', { unknown: ['@file:Stop'], notes: ['b is too long.'] });
  expect(preview.notes('@file:Stop', strings)).toEqual(['b is too long.']);
  expect(preview.maySend('@file:Stop')).toBe(false);
  expect(preview.notes('@file:Stop', strings)).toEqual(['@file:Stop names nothing.', 'b is too long.']);
  expect(preview.notes('@file:Stops', strings)).toEqual([]);
  expect(preview.maySend('@file:Stop')).toBe(true);
  expect(sent).toEqual([]);
});

test('an Enter that comes before the answer waits for it, once, and not for ever', () => {
  const { preview, asked, sent } = composer();
  preview.typed('@file:a.ts why?');
  expect([preview.maySend('@file:a.ts why?'), preview.maySend('@file:a.ts why?')]).toEqual([false, false]);
  expect(asked).toEqual(['@file:a.ts why?']);
  preview.received('@file:a.ts why?', nothing);
  expect(sent).toEqual(['@file:a.ts why?']);
  expect(preview.maySend('@file:a.ts why?')).toBe(true);
  preview.typed('@file:b.ts');
  preview.maySend('@file:b.ts');
  vi.advanceTimersByTime(5000);
  expect(sent).toEqual(['@file:a.ts why?', '@file:b.ts']);
  preview.typed('@file:c.ts');
  preview.maySend('@file:c.ts');
  preview.typed('@file:c.ts no');
  vi.advanceTimersByTime(5000);
  expect(sent).toHaveLength(2);
});

test('what was chosen from the list is known at once', () => {
  const { preview } = composer();
  preview.chose('@file:a.ts ');
  preview.typed('@file:a.ts ');
  expect([preview.known('@file:a.ts'), preview.known('@file:a')]).toEqual([true, false]);
});

test('what does not fit is read before it is sent: an Enter that came before the note is not the answer to it', () => {
  const { preview, sent } = composer();
  preview.typed('@file:big.ts why?');
  preview.maySend('@file:big.ts why?');
  preview.received('@file:big.ts why?', { unknown: [], notes: ['big.ts is too long.'] });
  expect(sent).toEqual([]);
  expect(preview.notes('@file:big.ts why?', strings)).toEqual(['big.ts is too long.']);
  vi.advanceTimersByTime(5000);
  expect(sent).toEqual([]);
  expect(preview.maySend('@file:big.ts why?')).toBe(true);
});

test('what was read already needs no second Enter', () => {
  const { preview } = composer();
  preview.typed('@file:big.ts why?');
  preview.received('@file:big.ts why?', { unknown: [], notes: ['big.ts is too long.'] });
  expect(preview.maySend('@file:big.ts why?')).toBe(true);
});
