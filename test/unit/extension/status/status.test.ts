import { expect, test } from 'vitest';
import type { ModelInfo, Status } from '../../../../src/protocol';
import type { ReadingView } from '../../../../src/extension/reading/readingController';
import { percent } from '../../../../src/extension/reading/readingText';
import { ContextKeys } from '../../../../src/extension/status/contextKeys';
import { memoryFacts } from '../../../../src/extension/status/memoryFacts';
import { Snooze } from '../../../../src/extension/ghostText/snooze';
import type { GhostTextState } from '../../../../src/extension/ghostText/switch';
import { menuItems } from '../../../../src/extension/status/menuItems';
import { statusText } from '../../../../src/extension/status/statusText';
import { statusTooltip } from '../../../../src/extension/status/tooltip';
import { untranslated as t } from '../../../../src/extension/util/text';

const model = {
  name: 'Demo | x',
  path: '/m',
  bytes: 7_112_768,
  demo: true,
  architecture: 'llama',
  layers: 8,
  kvHeads: 2,
  trainedWindow: 2048,
  fim: true,
  chat: true,
  policy: 'tree',
  positions: 'auto',
  engine: 'bonsai',
  device: 'CPU',
} satisfies ModelInfo;
const repository = {
  name: 'r',
  complete: true,
  tokensRead: 412_345,
  tokensTotal: 412_345,
  tokensKept: 8192,
  files: 1204,
  skipped: 31,
  memory: { paused: false, behind: 0, journalFiles: 0, journalTokens: 0 },
};
const rest: ReadingView = { doing: 'nothing', progress: undefined, offer: undefined, otherFolders: false };
const tip = { trusted: true, budget: 0, progress: undefined, notes: [] };
const paused = { ...repository, complete: false, tokensRead: 100_000, memory: { ...repository.memory, paused: true } };
const base = { kvBytes: 12_000_000, kvBytesFull: 500_000_000 };

test('at rest it says that the memory is ready; the numbers stand in the tooltip', () => {
  expect(statusText({ ...base, state: 'ready', model, repository }, rest, t).text).toMatch(/ Bonsai · ready$/);
});

test('while reading it shows percent, rate and time left', () => {
  const progress = { phase: 'reading' as const, tokensRead: 50, tokensTotal: 200, tokensPerSecond: 1234, secondsLeft: 130 };
  expect(statusText({ ...base, state: 'reading', model, repository }, { ...rest, doing: 'reading', progress }, t).spoken).toBe(
    'Bonsai reading 25% · 1.2k tokens/s · 2 min left',
  );
});

test('what says how far it is does not turn as well', () => {
  const progress = { phase: 'reading' as const, tokensRead: 50, tokensTotal: 200, tokensPerSecond: 1234, secondsLeft: 130 };
  const text = (changes: object) => statusText({ ...base, state: 'reading', model }, { ...rest, doing: 'reading', ...changes }, t).text;
  expect(text({ progress })).toContain('$(book)');
  expect(text({ progress: { ...progress, phase: 'listing' } })).toContain('~spin');
});

test('every state has words, and only a failure alarms', () => {
  const states: Status['state'][] = ['starting', 'noModel', 'loading', 'ready', 'reading', 'answering', 'completing', 'failed'];
  for (const state of states) {
    const { spoken, severity } = statusText({ ...base, state }, rest, t);
    expect(spoken).toMatch(/^Bonsai/);
    expect(severity).toBe(state === 'failed' ? 'error' : 'normal');
  }
});

test('a repository that was lost is not hidden by an engine that runs again', () => {
  const lost = { ...base, state: 'ready' as const, model, lostRepository: 'acme' };
  expect(statusText(lost, rest, t)).toMatchObject({ spoken: 'Bonsai: read the repository again', severity: 'warning' });
  expect(statusTooltip(lost, tip, t)).toContain('acme has to be read again');
});

const plan = {
  ...{
    name: 'acme',
    files: 3,
    tokens: 500_000,
    tokensHeld: 88_000,
    tokensToRead: 412_000,
    tokensArchived: 0,
    archiveBytes: 0,
    skipped: [],
    lastFiles: [],
  },
  ...{
    modelBytes: 1,
    kvBytes: 1,
    kvBytesFull: 1,
    kvBanks: 4,
    tokensPerSecond: 4000,
    secondsToRead: 103,
    tokensResident: 1000,
    fits: true,
    advice: [],
  },
};

test('ghost text in the middle of a read does not hide how far it is', () => {
  const progress = { phase: 'reading' as const, tokensRead: 50, tokensTotal: 200, tokensPerSecond: 0, secondsLeft: null };
  const reading: ReadingView = { ...rest, doing: 'reading', progress };
  expect(statusText({ ...base, state: 'completing', model, repository: paused }, reading, t).spoken).toBe('Bonsai reading 25%');
  const phase = (name: 'listing' | 'restoring') =>
    statusText({ ...base, state: 'reading', model }, { ...reading, progress: { ...progress, phase: name } }, t).spoken;
  expect(phase('listing')).toBe('Bonsai listing files');
  expect(phase('restoring')).toBe('Bonsai restoring the saved memory');
});

test('a pause keeps its percent, an offer its price', () => {
  const ready = { ...base, state: 'ready' as const, model };
  expect(statusText({ ...ready, repository: paused }, rest, t).spoken).toMatch(/^Bonsai paused at 24%$/);
  expect(statusText(ready, { ...rest, offer: { plan, again: false } }, t).spoken).toBe('Bonsai · 412k tokens to read · about 2 min');
  const unmeasured = { ...plan, tokensPerSecond: null, secondsToRead: null };
  expect(statusText(ready, { ...rest, offer: { plan: unmeasured, again: false } }, t).spoken).toBe('Bonsai · 412k tokens to read');
  expect(statusText(ready, { ...rest, doing: 'planning' }, t).spoken).toBe('Bonsai counting tokens');
});

test('a memory of other folders is said to be so, and offered to be read again', () => {
  const ready = { ...base, state: 'ready' as const, model, repository };
  expect(statusText(ready, { ...rest, otherFolders: true }, t).spoken).toBe('Bonsai: other folders in memory');
  expect(statusText(ready, { ...rest, otherFolders: true, offer: { plan, again: false } }, t).spoken).toBe(
    'Bonsai: other folders · 412k tokens to read · about 2 min',
  );
});

test('what the memory lacks, and what is done about it, stands beside what it holds', () => {
  const memory = { ...repository.memory, behind: 2, renewing: { tokensRead: 34, tokensTotal: 100 } };
  const shown = statusText({ ...base, state: 'ready', model, repository: { ...repository, memory } }, rest, t);
  expect(shown.spoken).toMatch(/^Bonsai · ready · 2 files changed · refreshing memory 34%$/);
  const background = statusText({ ...base, state: 'reading', model, repository: { ...repository, memory } }, rest, t);
  expect(background.spoken).toBe('Bonsai · 2 files changed · refreshing memory 34%');
  const journal = statusText({ ...base, state: 'reading', model, repository }, rest, t);
  expect(journal.spoken).toBe('Bonsai reading changes');
});

test('the facts of the memory say nothing about what is not so', () => {
  expect(memoryFacts(repository.memory, t)).toEqual([['Saved', 'not saved']]);
  const rows = { needles: 40, exact: 37, nats: 0.2 };
  const fidelity = { needles: 40, memory: { exact: 12, nats: 2 }, rows, recalled: { exact: 38, nats: 0.1 }, found: 0.9, measuredAt: 0 };
  const all = {
    ...{ paused: true, behind: 3, journalFiles: 2, journalTokens: 1234, renewing: { tokensRead: 1, tokensTotal: 4 } },
    ...{ savedAt: Date.UTC(2026, 2, 4, 12), fidelity },
  };
  const facts = Object.fromEntries(memoryFacts(all, t));
  expect(facts).toMatchObject({
    'Changed on disk': '3 files, not read again yet',
    'Read again': '2 changed files, 1,234 tokens',
    'Refreshing memory': '25% of the new memory is built',
    Saved: expect.stringMatching(/^2026-03-0\d \d\d:\d\d$/) as string,
    'Exact values recalled': expect.stringMatching(
      /^12 of 40 from memory alone, 37 of 40 with rows recalled from the archive, 38 of 40 with source added as text/,
    ) as string,
  });
  expect(Object.keys(facts)).toHaveLength(6);
  const text = statusTooltip({ ...base, state: 'ready', model, repository: { ...repository, memory: all } }, { ...tip, notes: ['<b>'] }, t);
  expect(text).toContain('3 files, not read again yet');
  expect(text).toContain('\\<b\\>');
});

test('menu keys are set when they change, and only then', () => {
  const set: string[] = [];
  const keys = new ContextKeys((key, value) => set.push(`${key} ${value}`));
  const ready = { ...base, state: 'ready' as const, model };
  keys.update(ready, rest);
  keys.update({ ...ready, repository: paused }, { ...rest, doing: 'reading' });
  keys.update({ ...ready, repository: paused }, { ...rest, doing: 'reading' });
  keys.update({ ...ready, repository: paused }, rest);
  expect(set).toEqual(['bonsai.reading false', 'bonsai.paused false', 'bonsai.reading true', 'bonsai.reading false', 'bonsai.paused true']);
});

test('the menu begins with what is likely now', () => {
  const ready = { ...base, state: 'ready' as const, model };
  const menu = { trusted: true, hasSkipped: true, ghostText: { state: 'on' as const } };
  const first = (status: Status, reading: ReadingView) => menuItems(status, { ...menu, reading, hasSkipped: false }, t)[0];
  expect(first(ready, rest)).toMatchObject({ command: 'bonsai.readRepository' });
  expect(first({ ...ready, repository: paused }, rest)).toMatchObject({ command: 'bonsai.resumeReading' });
  expect(first({ ...ready, repository: paused }, { ...rest, doing: 'reading' })).toMatchObject({ command: 'bonsai.pauseReading' });
  expect(first(ready, { ...rest, offer: { plan, again: false } })).toEqual({
    ...{ label: '$(repo) Read now: 412k tokens', command: 'bonsai.readRepository', argument: 'now' },
  });
  const commands = (status: Status) => menuItems(status, { ...menu, reading: rest }, t).map(({ command }) => command);
  expect(commands(ready)).not.toContain('bonsai.measureFidelity');
  expect(commands({ ...ready, repository })).toEqual(
    expect.arrayContaining(['bonsai.measureFidelity', 'bonsai.readAgain', 'bonsai.showSkipped']),
  );
});

test('where nothing may be read, the menu offers trust in place of reading', () => {
  const menu = { trusted: false, reading: rest, hasSkipped: false, ghostText: { state: 'on' as const } };
  const commands = menuItems({ ...base, state: 'ready', model }, menu, t).map(({ command }) => command);
  expect(commands[0]).toBe('bonsai.manageTrust');
  expect(commands).not.toContain('bonsai.readRepository');
});

test('the menu turns ghost text off, puts it off, and back on; settings and a report are at the end', () => {
  const labels = (ghostText: GhostTextState) =>
    menuItems({ ...base, state: 'ready', model }, { trusted: true, reading: rest, hasSkipped: false, ghostText }, t).map(({ label }) =>
      label.replace(/^\$\([^)]*\) /, ''),
    );
  expect(labels({ state: 'on' })).toEqual(expect.arrayContaining(['Turn ghost text off', 'Snooze ghost text…']));
  expect(labels({ state: 'snoozed', minutesLeft: 4 })).toContain('Resume ghost text (snoozed, 4 minutes left)');
  expect(labels({ state: 'off' })).toContain('Turn ghost text on');
  expect(labels({ state: 'off' }).slice(-2)).toEqual(['Settings', 'Report a problem']);
});

test('a snooze ends by itself, and when it is told to', () => {
  let now = 0;
  const snooze = new Snooze(() => now);
  expect(snooze.minutesLeft).toBe(0);
  snooze.start(5);
  expect(snooze.minutesLeft).toBe(5);
  now = 4.5 * 60_000;
  expect(snooze.minutesLeft).toBe(1);
  now = 5 * 60_000;
  expect(snooze.minutesLeft).toBe(0);
  snooze.start(5);
  snooze.start(0);
  expect(snooze.minutesLeft).toBe(0);
});

test('100 % is said only when everything is read', () => {
  expect([percent(0, 0), percent(1, 3), percent(999_999, 1_000_000), percent(3, 3)]).toEqual([0, 33, 99, 100]);
});

test('the tooltip escapes names and names the facts', () => {
  const text = statusTooltip({ ...base, state: 'ready', model, repository }, { ...tip, trusted: false, budget: 512 }, t);
  expect(text).toContain('Demo \\| x');
  for (const fact of [
    '512 entries',
    'tree',
    '1,204 listed, 31 skipped',
    '12 MB now, 500 MB uncompressed',
    '48 MB: one each',
    'not trusted',
  ])
    expect(text).toContain(fact);
  const hostile = { ...repository, name: '<img src=x>[a](command:evil)' };
  expect(statusTooltip({ ...base, state: 'ready', repository: hostile }, tip, t)).not.toMatch(/[^\\]<img|[^\\]\[a/);
});
