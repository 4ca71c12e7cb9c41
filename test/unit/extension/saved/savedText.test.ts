import { describe, expect, test } from 'vitest';
import type { SavedMemory } from '../../../../src/protocol';
import { fidelityCounts, fidelityMessage } from '../../../../src/extension/fidelity/fidelityText';
import { chosen, deletionQuestion, freedLine, savedChoices } from '../../../../src/extension/saved/savedText';
import { cacheStrings } from '../../../../src/extension/cache/cacheStrings';
import { untranslated as t } from '../../../../src/extension/util/text';
import { recalledValues } from '../../../../src/webview/cache/facts';

const memory = (id: string, bytes: number, usedAt: number): SavedMemory => ({
  ...{ id, name: `repo ${id}`, folders: [`/w/${id}`, '/w/more'], model: 'Qwen', tokens: 412_000, bytes, usedAt },
});
const gigabyte = 1_000_000_000;
const two = [memory('a', gigabyte, Date.UTC(2026, 0, 1)), memory('b', gigabyte / 2, Date.UTC(2026, 2, 1))];

test('memories are listed last used first, with all that tells them apart', () => {
  const [all, first, second] = savedChoices(two, 0, t);
  expect(all).toEqual({ label: 'All', description: '2 saved memories, 1.5 GB', what: 'all' });
  expect(first).toMatchObject({ label: 'repo b', id: 'b', detail: 'Qwen · /w/b, /w/more' });
  expect(first?.description).toMatch(/^500 MB · 412k tokens · last used 2026-0[23]-\d\d \d\d:\d\d$/);
  expect(second?.id).toBe('a');
  expect(savedChoices(two.slice(0, 1), 0, t)).toHaveLength(1);
  // The archive belongs to no memory of them.
  expect(savedChoices([], gigabyte, t)).toMatchObject([{ label: 'Archive', description: '1 GB' }]);
  expect(savedChoices(two.slice(0, 1), gigabyte, t)[0]?.description).toBe('1 saved memory and the archive, 2 GB');
  expect(savedChoices(two, gigabyte, t).map(({ label }) => label)).toEqual(['All', 'repo b', 'repo a', 'Archive']);
  expect(savedChoices(two, gigabyte, t)[0]?.description).toBe('2 saved memories and the archive, 2.5 GB');
});

test('what was picked is what is deleted', () => {
  const [all, first, , archive] = savedChoices(two, gigabyte, t);
  expect(chosen(two, gigabyte, [])).toEqual({ all: false, memories: [], archiveBytes: 0 });
  expect(chosen(two, gigabyte, [first!]).memories.map(({ id }) => id)).toEqual(['b']);
  expect(chosen(two, gigabyte, [archive!])).toEqual({ all: false, memories: [], archiveBytes: gigabyte });
  expect(chosen(two, gigabyte, [all!, first!])).toEqual({ all: true, memories: two, archiveBytes: gigabyte });
});

test('the question names the thing, and the end says what is free again', () => {
  expect(deletionQuestion({ memories: two, archiveBytes: 0 }, t)).toBe('Delete 2 saved memories, 1.5 GB?');
  expect(deletionQuestion({ memories: [], archiveBytes: gigabyte }, t)).toBe('Delete the archive (1 GB)?');
  expect(freedLine({ memories: 0, bytes: gigabyte }, t)).toBe('Deleted; freed 1 GB.');
  expect(deletionQuestion({ memories: two.slice(0, 1), archiveBytes: 0 }, t)).toBe('Delete the saved memory of repo a (1 GB)?');
  expect(freedLine({ memories: 1, bytes: gigabyte }, t)).toBe('Deleted 1 saved memory; freed 1 GB.');
  expect(freedLine({ memories: 2, bytes: gigabyte }, t)).toMatch(/^Deleted 2 saved memories; freed 1 GB/);
});

describe('fidelity is said in counts', () => {
  const before = { needles: 40, memory: { exact: 12, nats: 2 }, recalled: { exact: 38, nats: 0.1 }, found: 0.95, measuredAt: 0 };
  const line = 'The line that defines the value was added for 38 of 40.';

  test.each([
    [
      { needles: 39, exact: 36, nats: 0.3 },
      '12 of 40 from memory alone, 36 of 39 with rows recalled from the archive, 38 of 40 with source added as text.',
    ],
    [
      { needles: 0, exact: 0, nats: 0 },
      '12 of 40 from memory alone, 38 of 40 with source added as text; the archive has no rows of that source.',
    ],
    // As it was measured before there was that column.
    [undefined, '12 of 40 from memory alone, 38 of 40 with source added as text.'],
  ])('%o', (rows, said) => {
    const fidelity = { ...before, ...(rows ? { rows } : {}) };
    expect(fidelityMessage(fidelity, t)).toBe(`Exact values recalled: ${said} ${line}`);
    expect(said).toBe(`${fidelityCounts(fidelity, t)}.`);
    expect(recalledValues(fidelity, cacheStrings(t))).toBe(fidelityCounts(fidelity, t));
  });
});
