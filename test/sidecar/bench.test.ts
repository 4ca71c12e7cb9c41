/** The benchmarks as a process, as small as they go: what they write down, not how fast this machine is. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completionRun } from '../../src/bench/completion/result';
import { runSchema, type QualityRun } from '../../src/bench/quality/result';
import { runSchema as repositoryRun } from '../../src/bench/repository/result';
import type { SpeedSummary } from '../../src/bench/speed/speed';
import type { LayerSharing } from '../../src/protocol';
import type { LayerTrial } from '../../src/sidecar/measure/layerTrial';
import { plan, root } from './client';

const bounded = plan.engine === 'bonsai';
/** Some tens of thousands of tokens, of which a few thousand are read. */
const corpus = join(root, 'src/sidecar/prompt');
let folder: string;
/** A repository without a line that could be asked for. */
const bare = mkdtempSync(join(tmpdir(), 'bonsai-bare-'));
writeFileSync(join(bare, 'bare.ts'), 'export const bare = 1;\n');
afterAll(() => rmSync(bare, { recursive: true }));
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'bonsai-bench-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function bonsai(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/bonsai.mjs'), ...args, '--json'], {
    encoding: 'utf8',
    timeout: 110_000,
    env: { ...process.env, XDG_CACHE_HOME: folder },
  });
  return { status, stderr, document: JSON.parse(stdout) as Record<string, unknown> };
}

const small = ['--corpus', corpus, '--calibration', join(root, 'src/webview'), '--tokens', '700', '--streams', '1', '--lines', '2'];
const distances = ['--distances', '300', '--distant-texts', '1', '--threads', '1'];
function quality(...args: string[]) {
  const ended = bonsai('bench', 'quality', ...small, ...distances, '--out', folder, ...args);
  expect(ended.status, ended.stderr).toBe(0);
  return {
    run: runSchema.parse(JSON.parse(readFileSync(ended.document['json'] as string, 'utf8'))) satisfies QualityRun,
    stderr: ended.stderr,
  };
}

describe('bonsai bench quality', () => {
  it.runIf(bounded)('measures every configuration on the same texts, at equal bytes; everything kept equals the stock engine', () => {
    const { run, stderr } = quality(
      '--policies',
      'streaming,tree',
      '--allocators',
      'uniform,squeeze',
      '--budgets',
      '256',
      '--name',
      'small',
    );
    expect(stderr).toContain('tokens a second that takes about');
    expect(Object.keys(run.results)).toEqual(['full', 'streaming 256', 'streaming squeeze 256', 'tree 256', 'tree squeeze 256']);
    for (const [key, { budgets, kvBytes, streams, distant }] of Object.entries(run.results)) {
      expect(streams[0]!.blocks).toHaveLength(3);
      expect(streams[0]!.recall).toHaveLength(5);
      expect(streams[0]!.lines.count).toBe(2);
      expect(distant).toHaveLength(1);
      if (key === 'full') continue;
      expect([budgets.reduce((sum, budget) => sum + budget, 0), kvBytes], key).toEqual([8 * 256, 8 * 256 * 512]);
      // The first block is read before anything is evicted.
      if (!key.includes('squeeze')) expect(streams[0]!.blocks[0]).toBe(run.results['full']!.streams[0]!.blocks[0]);
    }
    expect(new Set(run.results['tree squeeze 256']!.budgets).size).toBeGreaterThan(1);
    expect(new Set(run.results['tree 256']!.budgets).size).toBe(1);
    const page = readFileSync(join(folder, 'small.md'), 'utf8');
    for (const [, plot] of page.matchAll(/\]\((.*\.svg)\)/g)) expect(existsSync(join(folder, plot!)), plot).toBe(true);

    const stock = quality('--policies', 'full', '--engine', 'stock', '--name', 'stock').run;
    const [ours, theirs] = [run.results['full']!, stock.results['full']!];
    ours.streams[0]!.blocks.forEach((block, i) => expect(block).toBeCloseTo(theirs.streams[0]!.blocks[i]!, 3));
    expect(ours.distant[0]!.nats).toBeCloseTo(theirs.distant[0]!.nats, 3);

    const more = quality('--policies', 'tree', '--allocators', 'uniform,replay', '--budgets', '288', '--name', 'small', '--resume').run;
    expect(Object.keys(more.results)).toEqual([...Object.keys(run.results), 'tree 288', 'tree replay 288']);
    const needed = more.results['tree replay 288']!.budgets;
    expect([needed.reduce((sum, budget) => sum + budget, 0), new Set(needed).size > 1]).toEqual([8 * 288, true]);
    expect(more.results['tree 256']).toEqual(run.results['tree 256']);
    expect(more.commands).toHaveLength(2);
    const other = bonsai('bench', 'quality', ...small, ...distances, '--out', folder, '--name', 'small', '--resume', '--seed', '2');
    expect([other.status, JSON.stringify(other.document)]).toEqual([1, expect.stringContaining('other settings')]);
  });

  it.each([
    ['a wrong policy', ['--policies', 'tree,best'], 2, '"best" is none of'],
    ['a wrong budget', ['--budgets', '1k'], 2, 'whole number'],
    ['a corpus that is not there', ['--corpus', '/nowhere/at/all'], 1, '/nowhere/at/all'],
    ['a corpus that is too short', ['--corpus', join(root, 'src/repo'), '--tokens', '9000000'], 1, 'Ask for fewer'],
    ['configurations that are none', ['--configs', '[{"policy":1}]'], 1, '--configs'],
    ['the stock engine with a bounded policy', ['--engine', 'stock'], 1, 'only the policy full'],
  ])('refuses %s', (_, args, status, named) => {
    const ended = bonsai('bench', 'quality', '--out', folder, ...args);
    expect([ended.status, JSON.stringify(ended.document).replaceAll('\\"', '"')]).toEqual([status, expect.stringContaining(named)]);
  });
});

it.runIf(bounded)('bonsai bench speed runs both engines in turn and compares them at equal lengths', () => {
  const args = ['--max', '2048', '--stock-max', '1024', '--repeats', '1', '--decode', '4', '--budget', '512', '--threads', '1'];
  const { status, document, stderr } = bonsai('bench', 'speed', ...args, '--corpus', corpus, '--out', folder);
  expect(status, stderr).toBe(0);
  const { lengths, fits, scoring, constancy } = document as unknown as SpeedSummary;
  expect(lengths).toEqual([
    { length: 1024, prefill: expect.any(Number) as number, decode: expect.any(Number) as number, kv: expect.any(Number) as number },
    { length: 2048 },
  ]);
  expect([fits.prefill > 0, fits.decode > 0, scoring > 0, constancy?.from, constancy?.to]).toEqual([true, true, true, 1024, 2048]);
  const page = readFileSync(join(folder, 'speed.md'), 'utf8');
  for (const named of ['bench speed', 'bonsai-demo-q8_0.gguf', 'speed-prefill.svg', 'Everything fits']) expect(page).toContain(named);
});

it.runIf(bounded)('bonsai bench memory: ours is the same at every length, stock is not', () => {
  const { status, document, stderr } = bonsai(
    'bench',
    'memory',
    '--max',
    '2048',
    '--stock-max',
    '2048',
    '--budget',
    '512',
    '--corpus',
    corpus,
    '--out',
    folder,
  );
  expect(status, stderr).toBe(0);
  const series = document['series'] as { name: string; points: { tokens: number; kvBytes: number; rss: number }[] }[];
  const bytes = (name: string) => series.find((each) => each.name === name)!.points.map(({ kvBytes }) => kvBytes);
  expect(bytes('bonsai')).toEqual([512 * 4096, 512 * 4096]);
  expect(bytes('stock')).toEqual([1024 * 4096, 2048 * 4096]);
});

describe('bonsai bench completion', () => {
  const small = ['--files', '2', '--lines', '2', '--keys', '12', '--threads', '1'];
  const repository = join(root, 'src/repo/order');
  const completion = (...args: string[]) => bonsai('bench', 'completion', '--corpus', repository, ...small, '--out', folder, ...args);

  it('asks for the same lines with the rest in memory and without, types against the sidecar, and goes on where it was', () => {
    const ended = completion();
    expect(ended.status, ended.stderr).toBe(0);
    const read = () => completionRun.parse(JSON.parse(readFileSync(join(folder, 'completion.json'), 'utf8')));
    const run = read();
    const measured = run.repositories[repository]!;
    expect(measured.heldOut).toHaveLength(2);
    expect(measured.places.map(({ kind }) => kind).sort()).toEqual(['cross-file', 'cross-file', 'in-file', 'in-file']);
    for (const { path, alone, memory, truth } of measured.places) {
      expect(measured.heldOut).toContain(path);
      expect(memory!.reusedTokens).toBeGreaterThanOrEqual(measured.tokens);
      expect(alone.reusedTokens).toBeLessThan(measured.tokens);
      expect([alone.nats > 0, memory!.nats > 0, truth.length >= 12]).toEqual([true, true, true]);
      expect(memory!.nats).not.toBe(alone.nats);
    }
    const { requests, tokens } = run.typing!;
    expect([requests.length, tokens]).toEqual([12, measured.tokens]);
    // The last key is followed by nothing that could stop it.
    expect(requests.at(-1)!.answer).toBeDefined();
    const page = readFileSync(join(folder, 'completion.md'), 'utf8');
    for (const named of ['bench completion', 'bonsai-demo-q8_0.gguf', run.machine]) expect(page).toContain(named);
    for (const [, plot] of page.matchAll(/\]\((.*\.svg)\)/g)) expect(existsSync(join(folder, plot!)), plot).toBe(true);

    const broken = { ...run, typing: undefined, repositories: { [repository]: { ...measured, tokens: 0 } } };
    writeFileSync(join(folder, 'completion.json'), JSON.stringify(broken));
    const again = completion('--resume');
    expect(again.status, again.stderr).toBe(0);
    expect(again.stderr).not.toContain('without memory');
    expect([read().repositories, read().commands.length]).toEqual([run.repositories, 2]);
  });

  it.each([
    ['a corpus that is not there', ['--corpus', '/nowhere/at/all'], 1, '/nowhere/at/all'],
    ['a corpus without a line worth asking for', ['--corpus', bare], 1, 'worth asking for'],
    ['no lines', ['--lines', '0'], 2, 'whole number'],
  ])('refuses %s', (_, args, status, named) => {
    const ended = bonsai('bench', 'completion', '--out', folder, '--name', 'refused', ...args);
    expect([ended.status, JSON.stringify(ended.document)]).toEqual([status, expect.stringContaining(named)]);
    expect(existsSync(join(folder, 'refused.json'))).toBe(false);
  });

  it('does not go on with a run of other lines', () => {
    writeFileSync(join(folder, 'other.json'), '{}');
    const damaged = completion('--resume', '--name', 'other');
    expect([damaged.status, JSON.stringify(damaged.document)]).toEqual([1, expect.stringContaining('is damaged')]);
    const other = completion('--resume', '--seed', '2');
    expect([other.status, JSON.stringify(other.document)]).toEqual([1, expect.stringContaining('other settings')]);
  });
});

describe.runIf(bounded)('bonsai calibrate', () => {
  it('tries ways to share the budget, and the next cache has what the layers need', () => {
    const args = ['--budget', '256', '--chunk', '128', '--threads', '1'];
    const found = bonsai('calibrate', corpus, ...args, '--tokens', '1536', '--evaluations', '10');
    expect(found.status, found.stderr).toBe(0);
    const { results, best } = found.document['trial'] as LayerTrial;
    expect(results.map(({ allocator, p }) => [allocator, p])).toEqual([
      ['uniform', undefined],
      ['squeeze', 0.35],
      ['squeeze', 0.6],
      ['squeeze', 0.8],
      ['replay', undefined],
      ['measured', undefined],
    ]);
    for (const { budgets, loss, gain } of results) {
      expect(budgets.reduce((sum, budget) => sum + budget, 0)).toBe(8 * 256);
      expect(gain).toBeCloseTo(results[0]!.loss - loss, 9);
    }
    expect(results[1]!.cosines).toHaveLength(8);
    expect(results[best]!.gain).toBeGreaterThanOrEqual(0);
    expect(found.document['remembered']).toBe(join(folder, 'bonsai', 'budgets.json'));

    const text = join(folder, 'text.ts');
    writeFileSync(text, readFileSync(join(root, 'src/protocol/schemas.ts')));
    const automatic = bonsai('perplexity', text, '--tokens', '400', ...args);
    expect(automatic.document).toMatchObject({ allocator: 'auto' });
    const needed = automatic.document['budget'] as number[];
    expect(needed.reduce((sum, budget) => sum + budget, 0)).toBe(8 * 256);
    expect(Math.max(...needed)).toBeGreaterThan(256);
    expect(Math.min(...needed)).toBeGreaterThanOrEqual(128 + 32);
    // What fits leaves the layers equal.
    const fits = bonsai('perplexity', text, '--tokens', '150', ...args);
    expect(fits.document).toMatchObject({ budget: Array.from({ length: 8 }, () => 256) });
    const { budgets } = results.at(-1)!;
    const measured = bonsai('perplexity', text, '--tokens', '400', ...args, '--allocator', 'measured');
    expect(measured.document).toMatchObject({ allocator: 'measured', budget: budgets, score: 'keydiff', keyType: 'f16' });
    // Found for another policy, they say nothing.
    const other = bonsai('perplexity', text, '--tokens', '400', ...args, '--allocator', 'measured', '--policy', 'streaming');
    expect(other.document).toMatchObject({
      budget: Array.from({ length: 8 }, () => 256),
      notice: expect.stringContaining('bonsai calibrate') as string,
    });
  });

  it.each([
    ['nothing', '/nowhere', [], 'cannot be read'],
    ['a text that is too short', join(root, 'LICENSE'), ['--budget', '2048'], 'at least 4096 each'],
    ['a cache that keeps everything', corpus, ['--policy', 'full', '--budget', '1024'], 'Only a bounded cache'],
    ['a budget for every layer', corpus, ['--budget', '512,512,512,512,512,512,512,512'], 'one number'],
  ])('refuses %s', (_, source, args, named) => {
    const { status, document } = bonsai('calibrate', source, ...args);
    expect([status, JSON.stringify(document)]).toEqual([1, expect.stringContaining(named)]);
  });
});

describe.runIf(bounded)('an allocator', () => {
  it.each([
    ['with a budget for every layer', ['--budget', '512,512,512,512,512,512,512,512', '--allocator', 'squeeze'], 'nothing to do'],
    ['for a cache that keeps everything', ['--policy', 'full', '--budget', '1024', '--allocator', 'pyramid'], 'keeps everything'],
  ])('%s is refused', (_, args, named) => {
    const { status, document } = bonsai('pack', corpus, ...args);
    expect([status, JSON.stringify(document)]).toEqual([1, expect.stringContaining(named)]);
  });

  it('measures the first text, and the second time is allocated at once', () => {
    const pack = () =>
      bonsai('pack', join(root, 'src/repo/text'), '--budget', '1024', '--allocator', 'squeeze', '--threads', '1').document['layers'] as {
        budget: number;
      }[];
    const first = pack().map(({ budget }) => budget);
    expect(first.reduce((sum, budget) => sum + budget, 0)).toBe(8 * 1024);
    expect(new Set(first).size).toBeGreaterThan(1);
    const remembered = JSON.parse(readFileSync(join(folder, 'bonsai', 'budgets.json'), 'utf8')) as {
      budgets: Record<string, LayerSharing>;
    };
    const [key] = Object.keys(remembered.budgets).filter((each) => each.includes('squeeze'));
    expect(remembered.budgets[key!]).toMatchObject({ allocator: 'squeeze', p: 0.35, budgets: first });
    const changed = first.map((budget, layer) => (layer === 0 ? budget - 32 : layer === 7 ? budget + 32 : budget));
    const budgets = { [key!]: { ...remembered.budgets[key!], budgets: changed } };
    writeFileSync(join(folder, 'bonsai', 'budgets.json'), JSON.stringify({ ...remembered, budgets }));
    expect(pack().map(({ budget }) => budget)).toEqual(changed);
  });
});

describe('bonsai bench repository', () => {
  // Source that stays as it is: which questions can be asked of it is part of the test.
  const source = join(root, 'test/fixtures/recall');
  const corpus = mkdtempSync(join(tmpdir(), 'bonsai-corpus-'));
  beforeAll(() => readdirSync(source).forEach((name) => copyFileSync(join(source, name), join(corpus, name.replace(/\.txt$/, '')))));
  afterAll(() => rmSync(corpus, { recursive: true }));
  const small = ['--kilobytes', '40', '--items', '3', '--recall', '200', '--chunk', '64', '--ratios', '8', '--threads', '1'];
  const repository = (...args: string[]) => bonsai('bench', 'repository', '--corpus', corpus, ...small, '--out', folder, ...args);
  const read = () => repositoryRun.parse(JSON.parse(readFileSync(join(folder, 'repository.json'), 'utf8')));

  it.runIf(bounded)('asks every arm the same items, knows which prompts held the answer, and goes on where it was', () => {
    const first = repository('--arms', 'closed book,oracle,window', '--tasks', 'constants,callers,next-line,turns');
    expect(first.status, first.stderr).toBe(0);
    const scores = (row: string, task: 'constants' | 'next-line') => read().rows[row]![corpus]!.scores[task]!;
    expect(scores('oracle', 'constants').map(({ id }) => id)).toEqual(scores('closed book', 'constants').map(({ id }) => id));
    expect(scores('oracle', 'constants').every(({ found }) => found)).toBe(true);
    expect(scores('closed book', 'constants').some(({ found }) => found)).toBe(false);
    // What stands before the question is worth something: the lines of the answer, and the repository itself.
    const nats = (row: string, task: 'constants' | 'next-line') => scores(row, task).reduce((sum, score) => sum + score.nats, 0);
    expect(nats('oracle', 'constants')).toBeLessThan(nats('closed book', 'constants'));
    expect(nats('window', 'next-line')).not.toBe(nats('closed book', 'next-line'));

    const before = read();
    const second = repository('--arms', 'oracle,memory,memory + text', '--tasks', 'constants,callers,next-line,turns', '--resume');
    expect(second.status, second.stderr).toBe(0);
    const { rows } = read();
    expect(rows['oracle']).toEqual(before.rows['oracle']);
    const memory = rows['memory 8x hybrid keydiff']![corpus]!;
    expect(memory.tokens).toBeGreaterThan(4 * memory.budgets[0]!);
    expect(memory.scores.constants!.map(({ readTokens }) => readTokens)).toEqual(
      rows['closed book']![corpus]!.scores.constants!.map(({ readTokens }) => readTokens),
    );
    expect(rows['memory + text 8x hybrid keydiff']![corpus]!.scores.constants!.some(({ found }) => found)).toBe(true);
    const page = readFileSync(join(folder, 'repository.md'), 'utf8');
    for (const named of ['bench repository', 'bonsai-demo-q8_0.gguf', '## turns', 'memory 8x hybrid keydiff'])
      expect(page).toContain(named);
  });

  it.runIf(bounded)('puts rows back where the text would stand, reads less for it, and assembles the memory from them', () => {
    const tasks = ['--tasks', 'constants,next-line', '--name', 'rows'];
    const rows = ['--rows', 'alone,again,mixed', '--row-types', 'q8_0'];
    const ended = repository('--arms', 'memory,memory + exact text,memory + exact rows,assembled', ...rows, ...tasks);
    expect(ended.status, ended.stderr).toBe(0);
    const run = repositoryRun.parse(JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8')));
    const cell = (row: string) => run.rows[`${row} 8x hybrid keydiff`]![corpus]!.scores;
    const sum = (row: string, value: 'nats' | 'readTokens' | 'recalledTokens') =>
      cell(row).constants!.reduce((all, score) => all + (score[value] ?? 0), 0);
    const [alone, again, mixed] = ['alone', 'again', 'mixed'].map((how) => `memory + exact rows (${how} inside q8_0)`) as [
      string,
      string,
      string,
    ];
    expect(sum(alone, 'recalledTokens')).toBeGreaterThan(0);
    expect(sum(again, 'recalledTokens')).toBe(0);
    // The same tokens, put or read.
    expect(sum(again, 'readTokens') - sum(alone, 'readTokens')).toBe(sum(alone, 'recalledTokens'));
    // A constant's line is short.
    expect(cell(mixed).constants!.map(({ nats, readTokens }) => ({ nats, readTokens }))).toEqual(
      cell(again).constants!.map(({ nats, readTokens }) => ({ nats, readTokens })),
    );
    expect(sum(alone, 'nats')).toBeLessThan(sum('memory', 'nats'));
    expect(sum('memory + exact rows (alone inside q8_0)', 'readTokens')).toBeLessThan(sum('memory + exact text', 'readTokens'));
    // Files that were read alone make a memory that is worth about as much.
    const loss = (row: string) => cell(row)['next-line']!.reduce((all, { nats }) => all + nats, 0) / cell(row)['next-line']!.length;
    expect(Math.abs(loss('assembled (alone inside q8_0)') - loss('memory'))).toBeLessThan(0.3);
    const page = readFileSync(join(folder, 'rows.md'), 'utf8');
    for (const named of ['| recalled |', 'memory + exact rows (alone inside q8_0) 8x hybrid keydiff', 'Assembled:'])
      expect(page).toContain(named);
  });

  it.each([
    ['an arm that is none', ['--arms', 'memory,luck'], 2, '"luck" is none of'],
    ['a folder that is not there', ['--corpus', '/nowhere/at/all'], 1, '/nowhere/at/all'],
  ])('refuses %s', (_, args, status, named) => {
    const ended = repository(...args);
    expect([ended.status, JSON.stringify(ended.document).replaceAll('\\"', '"')]).toEqual([status, expect.stringContaining(named)]);
  });
});
