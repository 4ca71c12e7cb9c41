/** How the layers share the budget, as the cache view shows it: why, what was tried, and what would be better now. */
import { expect, it, vi } from 'vitest';
import { cacheStrings } from '../../../../src/extension/cache/cacheStrings';
import { untranslated as t } from '../../../../src/extension/util/text';
import type { LayersSharing } from '../../../../src/protocol';

vi.stubGlobal('acquireVsCodeApi', () => ({ postMessage: () => undefined, getState: () => undefined, setState: () => undefined }));
const { decision, sharingView } = await import('../../../../src/webview/cache/sharingView');

const strings = cacheStrings(t);
const results = [
  { allocator: 'uniform' as const, budgets: [4, 4], loss: 1.2345, gain: 0, error: 0 },
  { allocator: 'squeeze' as const, p: 0.6, budgets: [6, 2], loss: 1.1, gain: 0.13, error: 0.01 },
];
const trial = { tokens: 4096, mean: 4, staging: 1, results, best: 1 };
const sharing: LayersSharing = { allocator: 'uniform', choice: 'auto' };

/** A template of lit as the text in it. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null || !('strings' in value) || !('values' in value)) return '';
  const { strings: parts, values } = value as { strings: readonly string[]; values: readonly unknown[] };
  return parts.map((part, i) => part + textOf(values[i])).join('');
}

const shown = (view: LayersSharing) =>
  textOf(sharingView(view, strings))
    .replace(/<[^>]*>/g, '|')
    .replace(/\s+/g, ' ')
    .replace(/(?:\| ?)+/g, '| ');

it.each([
  ['was chosen by hand', { ...sharing, choice: 'squeeze', trial } as const, /^$/],
  ['nothing was tried yet', sharing, /^Every layer has the same budget so far\./],
  ['it is being tried', { ...sharing, trying: { done: 1, total: 9 } }, /^$/],
  ['a trial chose', { ...sharing, trial }, /^Chosen by a test: SqueezeAttention, factor 0\.6\..* on 4,096 tokens/],
  ['a trial kept equal budgets', { ...sharing, trial: { ...trial, best: 0 } }, /^Equal budgets were kept: .* on 4,096 tokens/],
])('the reason when %s', (_, view, line) => {
  expect(decision(view, strings)).toMatch(line);
});

it('shows every way that was tried beside equal budgets, the winner marked', () => {
  const text = shown({ ...sharing, trial });
  expect(text).toContain('| equal| 1.234| baseline|');
  expect(text).toContain('| SqueezeAttention, factor 0.6 | (chosen)| 1.100| 0.130 better ± 0.010|');
});

it('says how far a trial is, and no table before there is one', () => {
  const text = shown({ ...sharing, trying: { done: 3, total: 17 } });
  expect(text).toContain('run 3 of at most 17');
  expect(text).not.toContain('baseline');
});

it('offers to read again only where a memory built now would get other budgets', () => {
  expect(shown({ ...sharing, trial })).not.toContain('Read repository again');
  const text = shown({ ...sharing, trial, next: { allocator: 'measured' } });
  expect(text).toMatch(/would get different layer budgets: measured\..*Read repository again/);
});
