import { describe, expect, it } from 'vitest';
import { repositoryPage } from '../../../../src/bench/repository/page';
import { runSchema, type Cell, type RepositoryRun, type Score } from '../../../../src/bench/repository/result';
import { stratified, taskRows } from '../../../../src/bench/repository/summary';

const score = (id: string, right: number, nats: number): Score => ({
  id,
  right,
  nats,
  readTokens: 10,
  milliseconds: 5,
  found: right === 1,
});
const cell = (scores: Cell['scores'], tokens = 0): Cell => ({
  budgets: tokens > 0 ? [64, 64] : [],
  kvBytes: tokens,
  tokens,
  readingSeconds: 1,
  scores,
});

const run: RepositoryRun = {
  settings: {
    model: 'm.gguf',
    modelBytes: 1,
    corpora: ['a', 'b'],
    characters: 9,
    items: 2,
    tasks: ['constants'],
    recall: 400,
    chunk: 128,
    seed: 1,
  },
  trainedWindow: 2048,
  machine: 'here',
  commands: ['npm run bonsai -- bench repository'],
  repositories: { a: { name: 'a', files: 1, characters: 9, tokens: 1000 } },
  rows: {
    oracle: { a: cell({ constants: [score('1', 1, 0.1), score('2', 1, 0.1)] }), b: cell({ constants: [score('3', 0, 3)] }) },
    retrieval: { a: cell({ constants: [score('1', 1, 0.5), score('2', 0, 2)] }) },
    'memory 16x hybrid': { a: cell({ constants: [score('1', 0, 2.5), score('2', 0, 2)] }, 1000) },
  },
};

describe('summary of a repository run', () => {
  const rows = new Map(taskRows(run).map((row) => [row.key, row]));

  it('compares with retrieval and with the oracle on the same items alone', () => {
    const memory = rows.get('memory 16x hybrid')!;
    expect(memory.right).toMatchObject({ mean: 0, count: 2 });
    expect(memory.overRetrieval).toMatchObject({ mean: -0.5, count: 2 });
    expect(memory.natsOverRetrieval?.mean).toBeCloseTo(1);
    expect(memory.ofOracle).toBe(0);
    // The oracle's third item, in a repository that retrieval was not asked about, does not count.
    expect(rows.get('retrieval')!.ofOracle).toBeCloseTo(0.5);
    expect(rows.get('retrieval')!.overRetrieval).toBeUndefined();
  });

  it('resamples within repositories, so that a difference between them widens no interval', () => {
    const between = stratified([Array<number>(20).fill(0), Array<number>(20).fill(1)]);
    expect(between).toEqual({ mean: 0.5, low: 0.5, high: 0.5, count: 40 });
    const within = stratified([[0, 1, 0, 1, 0, 1, 0, 1]]);
    expect(within.low).toBeLessThan(0.5);
    expect(within.high).toBeGreaterThan(0.5);
    expect(() => stratified([[]])).toThrow('nothing to take a mean of');
  });

  it('makes a page that survives its own JSON', () => {
    const page = repositoryPage(runSchema.parse(JSON.parse(JSON.stringify(run))), []);
    expect(page).toContain('| memory 16x hybrid | 2 | 0 % [0 %, 0 %] |');
    expect(page).toContain('| memory 16x hybrid | 1,000 | 64 |');
    expect(page).not.toContain('## callers');
  });
});
