import { expect, test } from 'vitest';
import type { ReadProgress, ReadSummary, RepositoryPlan } from '../../../../src/protocol';
import { planCard } from '../../../../src/extension/reading/planCard';
import { longSeconds, priceOf, unmeasuredTokens } from '../../../../src/extension/reading/price';
import { progressLine, readingNow, summaryLine } from '../../../../src/extension/reading/readingText';
import { untranslated as t } from '../../../../src/extension/util/text';

const plan: RepositoryPlan = {
  ...{
    name: 'acme',
    files: 1204,
    tokens: 412_345,
    tokensHeld: 312_345,
    tokensToRead: 100_000,
    tokensArchived: 0,
    archiveBytes: 0,
    skipped: [],
    lastFiles: [],
  },
  ...{
    modelBytes: 5_046_586_573,
    kvBytes: 966_367_641,
    kvBytesFull: 12_884_901_888,
    kvBanks: 4,
    tokensPerSecond: 2100,
    secondsToRead: 47.6,
  },
  ...{ tokensResident: 1000, fits: true, advice: [] },
};
const short = { ...plan, tokensHeld: 412_145, tokensToRead: 200, tokensArchived: 0, archiveBytes: 0, secondsToRead: 0.1 };
const unmeasured = { ...plan, tokensPerSecond: null, secondsToRead: null };

test('a short read and a restore begin at once, a long read is agreed on', () => {
  expect(priceOf(short, false)).toEqual({ tokens: 200, seconds: 0.1, small: true });
  expect(priceOf({ ...plan, secondsToRead: longSeconds }, false).small).toBe(true);
  expect(priceOf({ ...plan, secondsToRead: longSeconds + 0.1 }, false).small).toBe(false);
  expect(priceOf({ ...unmeasured, tokensToRead: 0 }, false).small).toBe(true);
});

test('what does not fit is agreed on, however short', () => {
  expect(priceOf({ ...short, fits: false }, false).small).toBe(false);
  expect(priceOf({ ...short, fits: false, tokensToRead: 0 }, false).small).toBe(true);
});

test('while no rate is known, only little is read unasked', () => {
  expect(priceOf({ ...unmeasured, tokensToRead: unmeasuredTokens }, false).small).toBe(true);
  expect(priceOf({ ...unmeasured, tokensToRead: unmeasuredTokens + 1 }, false).small).toBe(false);
});

test('reading again costs everything, and what is held', () => {
  expect(priceOf(plan, true)).toEqual({ tokens: 412_345, seconds: 412_345 / 2100, small: false });
  expect(priceOf({ ...short, tokens: 300 }, true).small).toBe(false);
  expect(priceOf({ ...short, tokens: 300, tokensHeld: 0 }, true).small).toBe(true);
  expect(priceOf(unmeasured, true).seconds).toBeNull();
});

const factsOf = (card: ReturnType<typeof planCard>) => Object.fromEntries(card.facts.map(({ id, value }) => [id, value]));

test('the card says what is paid and what for', () => {
  const card = planCard(plan, false, t);
  expect(card.title).toBe('Read acme');
  expect(factsOf(card)).toEqual({
    tokens: '412,345 tokens',
    files: '1,204',
    held: '312,345 tokens',
    read: '100,000 tokens',
    time: 'about 48 s, at 2.1k tokens/s',
    model: '5 GB',
    kv: '966 MB for the repository',
    'kv-full': '13 GB for the repository',
    'kv-all': '3.9 GB: one each for repository, chat, ghost text and a newer memory',
  });
  expect(card).toMatchObject({ fits: true, skippedCount: 0, advice: [] });
  const stock = planCard({ ...plan, kvBanks: 3 }, false, t);
  expect(factsOf(stock)['kv-all']).toBe('2.9 GB: one each for repository, chat and ghost text');
  expect(card.spoken).toMatch(/^Read acme: 100k tokens to read, about 48 s.*Fits in memory; 1,000 of 412,345 tokens stay resident/);
  expect(planCard({ ...plan, tokensResident: plan.tokens }, false, t).verdict).toBe('Fits in memory; all 412,345 tokens stay resident.');
});

test('the card never invents a time, and says what to change when it does not fit', () => {
  expect(factsOf(planCard(unmeasured, false, t))['time']).toBe('not measured yet');
  const tight = planCard({ ...plan, fits: false, advice: ['Use a larger budget.'] }, false, t);
  expect(tight).toMatchObject({
    fits: false,
    advice: ['Use a larger budget.'],
    verdict: expect.stringMatching(/^Does not fit/) as string,
  });
  expect(factsOf(planCard(plan, true, t))).toMatchObject({
    held: 'not used',
    read: '412,345 tokens',
    time: 'about 3 min, at 2.1k tokens/s',
  });
});

test('skipped files are grouped by reason, most of them first, and a long list is cut with its count', () => {
  const many = Array.from({ length: 250 }, (_, i) => ({ path: `media/${i}.png`, reason: 'binary' }));
  const card = planCard(
    {
      ...plan,
      skipped: [
        { path: 'a.sql', reason: 'larger than 1 MB (3 MB)' },
        { path: 'b (1).sql', reason: 'larger than 1 MB (9 MB)' },
        { path: 'x', reason: 'a reason\nof two lines' },
        ...many,
      ],
    },
    false,
    t,
  );
  expect(card.skippedCount).toBe(253);
  expect(card.skipped.map(({ reason, count, files }) => [reason, count, files.length])).toEqual([
    ['binary', 250, 100],
    ['larger than 1 MB', 2, 2],
    ['a reason\nof two lines', 1, 1],
  ]);
  expect(card.skipped[1]?.files).toEqual(['a.sql (3 MB)', 'b (1).sql (9 MB)']);
});

const progress: ReadProgress = { phase: 'reading', tokensRead: 50, tokensTotal: 200, tokensPerSecond: 1234, secondsLeft: 130 };

test('each phase has its words, and a percent only where there is one', () => {
  expect(progressLine(progress, t)).toBe('25% of 200 tokens · 1.2k tokens/s · 2 min left');
  expect(progressLine({ ...progress, tokensPerSecond: 0, secondsLeft: null }, t)).toBe('25% of 200 tokens');
  const view = { offer: undefined, otherFolders: false };
  expect(readingNow({ ...view, doing: 'reading', progress }, t)).toMatchObject({
    percent: 25,
    text: expect.stringMatching(/^Reading: 25%/) as string,
  });
  expect(readingNow({ ...view, doing: 'reading', progress: { ...progress, phase: 'listing' } }, t)).toMatchObject({ percent: null });
  expect(readingNow({ ...view, doing: 'reading', progress: { ...progress, phase: 'restoring', tokensTotal: 0 } }, t).percent).toBeNull();
  expect(readingNow({ ...view, doing: 'planning', progress: undefined }, t).text).not.toBe('');
  expect(readingNow({ ...view, doing: 'nothing', progress: undefined }, t)).toEqual({ doing: 'nothing', percent: null, text: '' });
});

const summary: ReadSummary = {
  ...{ name: 'acme', files: 12, skipped: [{ path: 'x', reason: 'binary' }], tokens: 314_000, kvBytes: 1000, kvBytesFull: 4000, layers: [] },
  ...{ tokensPerSecond: 5, seconds: 0.9, restoredTokens: 312_000, archivedTokens: 0, notes: [] },
};

test('the summary tells restored from read', () => {
  expect(summaryLine(summary, t)).toBe(
    'Restored 312,000 tokens and read 2,000, of 12 files, in 0.9 s. The cache takes 1 kB; uncompressed it would take 4 kB. Skipped files: 1.',
  );
  expect(summaryLine({ ...summary, kvBytes: 8000, skipped: [] }, t)).toBe('Restored 312,000 tokens and read 2,000, of 12 files, in 0.9 s.');
  expect(summaryLine({ ...summary, restoredTokens: 314_000 }, t)).toMatch(
    /^Restored 314,000 tokens of 12 files in 0\.9 s; nothing had to be read\./,
  );
  expect(summaryLine({ ...summary, restoredTokens: 0 }, t)).toMatch(/^Read 314,000 tokens of 12 files in 0\.9 s\./);
  expect(summaryLine({ ...summary, stopped: 'cancelled' }, t)).toBe('Paused after 314,000 tokens. Resume continues from there.');
  expect(summaryLine({ ...summary, stopped: 'maxTokens' }, t)).toContain('0.9 s. The rest does not fit. The cache takes');
});
