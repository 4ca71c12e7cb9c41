import { expect, test } from 'vitest';
import type { ModelInfo, Status } from '../../../src/protocol';
import { percent, statusText } from '../../../src/extension/status/statusText';
import { statusTooltip } from '../../../src/extension/status/tooltip';
import { shortBytes, shortCount, shortSeconds } from '../../../src/extension/util/numbers';
import { untranslated as t } from '../../../src/extension/util/text';

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
const base = { kvBytes: 12_582_912, kvBytesFull: 524_288_000 };

test('at rest it shows what was read and kept', () => {
  expect(statusText({ ...base, state: 'ready', model, repository }, undefined, t).text).toMatch(
    /Bonsai · 412k read \/ 8\.2k kept · 12 MB$/,
  );
});

test('while reading it shows percent, rate and time left', () => {
  const progress = { phase: 'reading' as const, tokensRead: 50, tokensTotal: 200, tokensPerSecond: 1234, secondsLeft: 130 };
  expect(statusText({ ...base, state: 'reading', model, repository }, progress, t).spoken).toBe(
    'Bonsai reading 25% · 1.2k tokens/s · 2 min left',
  );
});

test('every state has words, and only a failure alarms', () => {
  const states: Status['state'][] = ['starting', 'noModel', 'loading', 'ready', 'reading', 'answering', 'completing', 'failed'];
  for (const state of states) {
    const { spoken, severity } = statusText({ ...base, state }, undefined, t);
    expect(spoken).toMatch(/^Bonsai/);
    expect(severity).toBe(state === 'failed' ? 'error' : 'normal');
  }
});

test('a repository that was lost is not hidden by an engine that runs again', () => {
  const lost = { ...base, state: 'ready' as const, model, lostRepository: 'acme' };
  expect(statusText(lost, undefined, t)).toMatchObject({ spoken: 'Bonsai: read the repository again', severity: 'warning' });
  expect(statusTooltip(lost, { trusted: true, budget: 0, progress: undefined }, t)).toContain('acme has to be read again');
});

test('100 % is said only when everything is read', () => {
  expect([percent(0, 0), percent(1, 3), percent(999_999, 1_000_000), percent(3, 3)]).toEqual([0, 33, 99, 100]);
});

test('the tooltip escapes names and names the facts', () => {
  const text = statusTooltip({ ...base, state: 'ready', model, repository }, { trusted: false, budget: 512, progress: undefined }, t);
  expect(text).toContain('Demo \\| x');
  for (const fact of [
    '512 entries',
    'tree',
    '1,204 listed, 31 skipped',
    '12 MB now, 500 MB uncompressed',
    '36 MB: one each',
    'not trusted',
  ])
    expect(text).toContain(fact);
  const hostile = { ...repository, name: '<img src=x>[a](command:evil)' };
  expect(statusTooltip({ ...base, state: 'ready', repository: hostile }, { trusted: true, budget: 0, progress: undefined }, t)).not.toMatch(
    /[^\\]<img|[^\\]\[a/,
  );
});

test('numbers are short', () => {
  expect([0, 999, 1000, 9960, 412_345, 999_600, 1_300_000].map(shortCount)).toEqual(['0', '999', '1k', '10k', '412k', '1M', '1.3M']);
  expect([0, 1023, 1536, 12_582_912, 5_046_586_573].map(shortBytes)).toEqual(['0 B', '1023 B', '1.5 KB', '12 MB', '4.7 GB']);
  expect([0.44, 12, 59.6, 4800].map(shortSeconds)).toEqual(['0.4 s', '12 s', '1 min', '1 h 20 min']);
});
