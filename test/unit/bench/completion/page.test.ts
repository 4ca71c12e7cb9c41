/** The page of a completion run against test/fixtures/bench/completion.md, and what is left out while something is missing. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completionPage, completionPlots } from '../../../../src/bench/completion/page';
import type { CompletionRun, Guess, MeasuredPlace } from '../../../../src/bench/completion/result';
import { completionRun } from '../../../../src/bench/completion/result';
import { completionRows, summariseTyping } from '../../../../src/bench/completion/summary';
import { Report } from '../../../../src/bench/report';

const guess = (similarity: number, nats: number, text = 'a'): Guess => ({
  text,
  exact: similarity === 1,
  first: similarity > 0.5,
  similarity,
  nats,
  reusedTokens: 0,
  readTokens: 600,
  generatedTokens: 9,
});

const place = (line: number, kind: MeasuredPlace['kind'], alone: Guess, memory?: Guess): MeasuredPlace => ({
  path: 'a.ts',
  line,
  kind,
  truth: 'a',
  alone,
  ...(memory ? { memory } : {}),
});

const answer = { reusedTokens: 5000, readTokens: 40, generatedTokens: 8 };
const run: CompletionRun = {
  settings: {
    model: 'small.gguf',
    modelBytes: 7_000_000,
    engine: 'bonsai',
    corpora: ['/one', '/two'],
    files: 6,
    lines: 16,
    keys: 4,
    seed: 1,
  },
  budgets: [2048, 2048],
  machine: 'a machine',
  commands: ['npm run bonsai -- bench completion'],
  repositories: {
    '/one': {
      name: 'one',
      files: 30,
      heldOut: ['a.ts'],
      tokens: 5000,
      places: [
        place(1, 'in-file', guess(0.5, 2), guess(0.5, 2)),
        place(2, 'cross-file', guess(0.25, 4, ''), guess(1, 3)),
        place(3, 'cross-file', guess(0.25, 4), guess(0.75, 2)),
      ],
    },
    '/two': { name: 'two', files: 9, heldOut: ['b.ts', 'c.ts'], tokens: 0, places: [place(1, 'in-file', guess(1, 1))] },
  },
  typing: {
    repository: 'one',
    tokens: 5000,
    requests: [{ milliseconds: 200, answer }, { milliseconds: 90 }, { milliseconds: 300, answer }, { milliseconds: 400, answer }],
  },
};

describe('the page of a completion run', () => {
  it('names machine, model and command, and says both ways side by side', async () => {
    await expect(completionPage(run, ['![plot](completion-nats.svg)'])).toMatchFileSnapshot('../../../fixtures/bench/completion.md');
  });

  it('is of what was written down', () => {
    expect(completionRun.parse(JSON.parse(JSON.stringify(run)))).toEqual(run);
  });

  it('before anything was read has no figures and no plots', () => {
    const early = { ...run, repositories: { '/two': run.repositories['/two']! }, typing: undefined };
    const folder = mkdtempSync(join(tmpdir(), 'bonsai-page-'));
    try {
      expect(completionPlots(early, new Report(folder, 'early'))).toEqual([]);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
    const page = completionPage(early, []);
    expect(page).toContain('1 of these repositories have not been read');
    expect(page).not.toContain('## Typing');
  });

  it('has a plot for each of the figures', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bonsai-page-'));
    try {
      completionPlots(run, new Report(folder, 'whole'));
      expect(readdirSync(folder).sort()).toEqual(['whole-latency.svg', 'whole-nats.svg', 'whole-similarity.svg']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the figures', () => {
  it('compare the same lines only, memory minus alone', () => {
    const { classes, repositories } = completionRows(run);
    expect(classes.map(({ name, lines }) => [name, lines])).toEqual([
      ['in-file', 1],
      ['cross-file', 2],
      ['all', 3],
    ]);
    expect(classes[1]).toMatchObject({
      alone: { silent: 0.5, exact: 0, first: 0, similarity: 0.25, nats: 4 },
      memory: { silent: 0, exact: 0.5, first: 1, similarity: 0.875, nats: 2.5 },
      similarity: { mean: 0.625, low: 0.5, high: 0.75 },
      suggested: { lines: 1, similarity: { mean: 0.5, low: 0.5, high: 0.5 } },
      nats: { mean: -1.5, low: -2, high: -1 },
    });
    expect(repositories.map(({ name }) => name)).toEqual(['one, in-file', 'one, cross-file']);
  });

  it('of typing count the answered and the overtaken apart', () => {
    expect(summariseTyping(run.typing!)).toEqual({
      asked: 4,
      answered: 3,
      overtaken: 0.25,
      answer: { p50: 300, p95: 390, p99: 398 },
      stopped: { p50: 90, p95: 90, p99: 90 },
      reused: 5000,
      read: 40,
      generated: 8,
    });
  });

  it('of typing that got no answer have none', () => {
    const nothing = summariseTyping({ repository: 'one', tokens: 0, requests: [{ milliseconds: 90 }] });
    expect(nothing).toMatchObject({ answered: 0, overtaken: 1, read: NaN });
    expect(nothing.answer).toBeUndefined();
  });
});
