/** How the layers share the budget, as the cache view shows it: why, and what would be better now. */
import { expect, it, vi } from 'vitest';
import { cacheStrings } from '../../../../src/extension/cache/cacheStrings';
import { untranslated as t } from '../../../../src/extension/util/text';
import type { LayersSharing } from '../../../../src/protocol';

vi.stubGlobal('acquireVsCodeApi', () => ({ postMessage: () => undefined, getState: () => undefined, setState: () => undefined }));
const { decision, sharingView } = await import('../../../../src/webview/cache/sharingView');

const strings = cacheStrings(t);
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
  ['was chosen by hand', { choice: 'squeeze', allocator: 'squeeze' } as const, /^$/],
  ['the layers are equal', sharing, /^Every layer has the same budget, which is enough where everything that is read fits\./],
  [
    'the layers get what they need',
    { ...sharing, allocator: 'replay', ratio: 15.6 } as const,
    /^Each layer gets what it needs: .* Here for 16 tokens/,
  ],
  ['a memory of an earlier Bonsai is kept', { ...sharing, allocator: 'measured' } as const, /^$/],
])('the reason when %s', (_, view, line) => {
  expect(decision(view, strings)).toMatch(line);
});

it('offers to read again only where a memory built now would get other budgets', () => {
  expect(shown(sharing)).not.toContain('Read repository again');
  const text = shown({ ...sharing, next: { allocator: 'replay', ratio: 16 } });
  expect(text).toMatch(/would get different layer budgets: what each layer needs\..*Read repository again/);
});
