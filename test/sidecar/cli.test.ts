/** The command line as a process: one JSON document on stdout, exit codes, and numbers that agree with each other. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dist, root } from './client';
import { planLaunch } from '../../src/protocol';

/** What the command line takes when it is not told. */
const plan = planLaunch(dist, 'bonsai', process.env);
const bounded = plan.engine === 'bonsai';
let folder: string;
let text: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-cli-'));
  text = join(folder, 'text.ts');
  writeFileSync(
    text,
    readFileSync(join(root, 'src/protocol/schemas.ts'), 'utf8') + readFileSync(join(root, 'src/protocol/messages.ts'), 'utf8'),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function bonsai(...args: string[]) {
  // As many threads as cores starve one another where something else is at work.
  const threads = args[0] === 'doctor' ? [] : ['--threads', '1'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/bonsai.mjs'), ...args, ...threads], {
    encoding: 'utf8',
    timeout: 110_000,
    env: { ...process.env, XDG_CACHE_HOME: folder },
  });
  return { status, stdout, stderr };
}

function json(...args: string[]) {
  const { status, stdout, stderr } = bonsai(...args, '--json');
  expect(stdout.trim().split('\n'), stderr).toHaveLength(1);
  return { status, document: JSON.parse(stdout) as Record<string, unknown> };
}

describe('bonsai pack', () => {
  it('reports the same as in words, on stdout alone', () => {
    const { status, document } = json('pack', join(root, 'src/repo'), '--chunk', '128', '--sample-every', '1000');
    expect(status).toBe(0);
    expect(document).toMatchObject({ name: 'repo', skipped: [], engine: plan.engine, policy: bounded ? 'hybrid' : 'full' });
    const series = document['series'] as { tokens: number; kvBytes: number; tokensPerSecond: number }[];
    expect(series.length).toBe(Math.floor((document['tokens'] as number) / 1000));
    for (const sample of series) expect(sample.kvBytes).toBe(document['kvBytes']);
    expect(document['layers']).toHaveLength(8);
  });

  it('stops after as many tokens as asked, also in words', () => {
    const { status, stdout } = bonsai('pack', join(root, 'src/repo'), '--max-tokens', '300');
    expect(status).toBe(0);
    expect(stdout).toContain('300 tokens (stopped: maxTokens)');
    expect(stdout).toContain('small demonstration model');
  });

  it.runIf(bounded)('says why a family without a bounded cache runs on the stock one, and stops before it is full', async () => {
    const { writeTinyModel } = await import('../engine/tinyModel.mjs');
    const model = await writeTinyModel('mpt', folder, join(root, 'media/bonsai-demo-q8_0.gguf'));
    const { status, document } = json('pack', join(root, 'src/repo'), '--model', model);
    expect(status).toBe(0);
    expect(document).toMatchObject({
      engine: 'stock',
      policy: 'full',
      stopped: 'maxTokens',
      notice: expect.stringContaining('ALiBi') as string,
    });
    expect(bonsai('pack', join(root, 'src/repo'), '--model', model).stderr).toContain('ALiBi');
  });

  it.runIf(bounded)('takes one budget per layer', () => {
    const budgets = [512, 544, 576, 608, 640, 672, 704, 736];
    const { document } = json('pack', join(root, 'src/repo'), '--budget', budgets.join(','), '--policy', 'streaming');
    expect((document['layers'] as { budget: number }[]).map((layer) => layer.budget)).toEqual(budgets);
  });
});

describe('bonsai perplexity', () => {
  const measure = (...args: string[]) =>
    json('perplexity', text, '--tokens', '900', ...args).document as unknown as Record<
      'tokens' | 'scored' | 'nll' | 'perplexity' | 'kvBytes',
      number
    >;

  it('scores every token but the first, once', () => {
    const result = measure('--engine', 'stock');
    expect(result).toMatchObject({ tokens: 900, scored: 899, engine: 'stock', policy: 'full' });
    expect(result.perplexity).toBeCloseTo(Math.exp(result.nll), 10);
    expect(result.perplexity).toBeGreaterThan(1);
    expect(result.perplexity).toBeLessThan(200);
  });

  it.runIf(bounded)('with policy full equals the stock engine to four digits; a smaller budget does not', () => {
    const [stock, full, tree] = [measure('--engine', 'stock'), measure('--policy', 'full'), measure('--budget', '256', '--policy', 'tree')];
    expect(full.perplexity.toPrecision(4)).toBe(stock.perplexity.toPrecision(4));
    expect(tree.perplexity).not.toBe(full.perplexity);
    expect(tree.kvBytes).toBeLessThan(full.kvBytes);
  });
});

describe('bonsai ask and complete', () => {
  it('answers', () => {
    const { status, document } = json('ask', join(root, 'src/protocol'), 'Where is `planLaunch` defined?', '--max-tokens', '12');
    expect(status).toBe(0);
    expect(document['answer']).toBeTypeOf('string');
    expect(document['reusedTokens']).toBe(document['repositoryTokens']);
    expect(document['readTokens']).toBeGreaterThan(0);
  });

  it('completes, with the repository and without', () => {
    const place = `${join(root, 'src/repo/bytes.ts')}:5:10`;
    const alone = json('complete', place, '--max-tokens', '8').document;
    const within = json('complete', place, '--max-tokens', '8', '--repo', join(root, 'src/protocol')).document;
    expect([alone['reusedTokens'], (within['reusedTokens'] as number) > 500]).toEqual([0, true]);
  });

  it.each([
    [':900:1', 'there is no line 900'],
    [':1:999', 'there is no column 999'],
    [':1:0', 'there is no column 0'],
    ['', 'names no place'],
  ])('refuses the place "%s"', (place, named) => {
    const { status, document } = json('complete', `${text}${place}`);
    expect([status, document]).toEqual([1, { error: { code: 'bad-request', message: expect.stringContaining(named) as string } }]);
  });
});

describe('errors', () => {
  it.each([
    ['a folder that is not there', ['pack', '/nowhere/at/all'], 1, 'folder-missing', '/nowhere/at/all'],
    ['a model that is not there', ['pack', '.', '--model', '/nowhere.gguf'], 1, 'model-missing', '/nowhere.gguf'],
    ['an unknown option', ['pack', '.', '--what'], 2, 'bad-request', '--what'],
    ['an unknown command', ['prune'], 2, 'bad-request', 'prune'],
    ['a wrong policy', ['pack', '.', '--policy', 'best'], 2, 'bad-request', 'tree'],
    ['a wrong budget', ['pack', '.', '--budget', '12,x'], 2, 'bad-request', 'whole number'],
    ['a missing question', ['ask', '.'], 2, 'bad-request', 'question'],
    ['a file that is not there', ['perplexity', '/nowhere.txt'], 1, 'bad-request', '/nowhere.txt'],
  ])('%s', (_, args, code, errorCode, named) => {
    const { status, document } = json(...args);
    expect([status, document]).toEqual([code, { error: { code: errorCode, message: expect.stringContaining(named) as string } }]);
  });

  it('an empty folder', () => {
    const empty = join(folder, 'empty');
    if (!existsSync(empty)) mkdirSync(empty);
    const { status, document } = json('pack', empty);
    expect([status, document]).toEqual([1, { error: { code: 'nothing-to-read', message: expect.stringContaining(empty) as string } }]);
  });

  it('in words go to stderr alone', () => {
    const { status, stdout, stderr } = bonsai('pack', '/nowhere/at/all');
    expect([status, stdout, stderr.includes('bonsai: /nowhere/at/all does not exist.')]).toEqual([1, '', true]);
  });
});

it('bonsai doctor says which engine runs', () => {
  expect(json('doctor').document['engine']).toBe(plan.engine);
  expect(json('doctor', '--engine', 'stock').document['engine']).toBe('stock');
});
