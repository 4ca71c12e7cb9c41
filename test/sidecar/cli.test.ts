/** The command line as a process: one JSON document on stdout, exit codes, and numbers that agree with each other. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { built, root } from './client';

/** What the command line takes when it is not told. */
const bounded = built;
let folder: string;
let text: string;
/** A few thousand tokens: more than the largest budget and window here. */
let repo: string;
/** Where a name is defined, among others. */
let protocol: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-cli-'));
  repo = join(folder, 'few/repo');
  mkdirSync(repo, { recursive: true });
  for (const name of ['findPaths.ts', 'listRepository.ts']) copyFileSync(join(root, 'src/repo', name), join(repo, name));
  protocol = join(folder, 'few/protocol');
  mkdirSync(protocol);
  for (const name of ['place.ts', 'userFolders.ts', 'messages.ts']) copyFileSync(join(root, 'src/protocol', name), join(protocol, name));
  text = join(folder, 'text.ts');
  writeFileSync(
    text,
    readFileSync(join(root, 'src/protocol/schemas.ts'), 'utf8') + readFileSync(join(root, 'src/protocol/messages.ts'), 'utf8'),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function bonsai(...args: string[]) {
  // As many threads as cores starve one another where something else is at work.
  const threads = ['doctor', 'model', 'archive'].includes(args[0] ?? '') ? [] : ['--threads', '1'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/bonsai.mjs'), ...args, ...threads], {
    encoding: 'utf8',
    timeout: 110_000,
    env: { ...process.env, XDG_CACHE_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  return { status, stdout, stderr };
}

function json(...args: string[]) {
  const { status, stdout, stderr } = bonsai(...args, '--json');
  expect(stdout.trim().split('\n'), stderr).toHaveLength(1);
  return { status, document: JSON.parse(stdout) as Record<string, unknown> };
}

describe('bonsai plan', () => {
  it.runIf(bounded)('tells the price of a cache that memory has no room for, because it makes none; reading is refused', () => {
    const planned = json('plan', folder, '--budget', '16000000');
    expect([planned.status, planned.document['fits'], planned.document['kvBytes']]).toEqual([0, false, 16_000_000 * 8 * 512]);
    expect((planned.document['advice'] as string[]).join()).toContain('Use a smaller budget');
    expect(json('pack', folder, '--budget', '16000000')).toEqual({
      status: 1,
      document: { error: { code: 'out-of-memory', message: expect.stringContaining('of cache (4 of') as string } },
    });
  });

  it.runIf(bounded)('tells what is allocated then, and finds what was saved', () => {
    const memory = ['--memory', join(folder, 'planned'), '--budget', '1024'];
    const source = join(folder, 'to-plan');
    mkdirSync(source);
    copyFileSync(join(root, 'src/protocol/schemas.ts'), join(source, 'schemas.ts'));
    const before = json('plan', source, ...memory).document;
    expect([before['tokensToRead'], before['kvBanks']]).toEqual([before['tokens'], 4]);
    expect(json('ask', source, 'Where is planLaunch defined?', '--max-tokens', '2', ...memory).status).toBe(0);
    const after = json('plan', source, ...memory).document;
    expect([after['tokensHeld'], after['tokensToRead']]).toEqual([before['tokens'], 0]);
    expect(after['tokensPerSecond']).toBeGreaterThan(0);
    // Of another cache nothing is saved.
    expect(json('plan', source, ...memory.slice(0, 2), '--budget', '2048').document['tokensHeld']).toBe(0);
    const { document } = json('pack', source, '--budget', '1024', '--max-tokens', '300');
    expect(before['kvBytes']).toBe(document['kvBytes']);
    const perToken = (document['kvBytesFull'] as number) / (document['tokens'] as number);
    expect(before['kvBytesFull']).toBe((before['tokens'] as number) * perToken);
  });

  it.runIf(bounded)('refuses what reading would refuse', () => {
    const { status, document } = json('plan', folder, '--budget', '1024,1024');
    expect([status, document]).toEqual([
      1,
      { error: { code: 'bad-request', message: expect.stringContaining('the model has 8') as string } },
    ]);
  });
});

describe('bonsai pack', () => {
  it('reports the same as in words, on stdout alone', () => {
    const { status, document } = json('pack', repo, '--chunk', '128', '--sample-every', '1000');
    expect(status).toBe(0);
    expect(document).toMatchObject({
      name: 'repo',
      skipped: [],
      engine: bounded ? 'bonsai' : 'stock',
      policy: bounded ? 'hybrid' : 'full',
    });
    const series = document['series'] as { tokens: number; kvBytes: number; tokensPerSecond: number }[];
    expect(series.length).toBe(Math.floor((document['tokens'] as number) / 1000));
    for (const sample of series) expect(sample.kvBytes).toBe(document['kvBytes']);
    expect(document['layers']).toHaveLength(8);
  });

  it('stops after as many tokens as asked, also in words', () => {
    const { status, stdout } = bonsai('pack', repo, '--max-tokens', '300');
    expect(status).toBe(0);
    expect(stdout).toContain('300 tokens (stopped: maxTokens)');
    expect(stdout).toContain('small demonstration model');
  });

  it.runIf(bounded)('says why a family without a bounded cache runs on the stock one, and stops before it is full', async () => {
    const { writeTinyModel } = await import('../engine/tinyModel.mjs');
    const model = await writeTinyModel('mpt', folder, join(root, 'media/bonsai-demo-q8_0.gguf'));
    const { status, document } = json('pack', repo, '--model', model);
    expect(status).toBe(0);
    expect(document).toMatchObject({
      engine: 'stock',
      policy: 'full',
      stopped: 'maxTokens',
      notice: expect.stringContaining('ALiBi') as string,
    });
    expect(bonsai('pack', repo, '--model', model).stderr).toContain('ALiBi');
    // Asked for by name it is never replaced: a measurement would be of another cache.
    const demanded = json('pack', repo, '--model', model, '--engine', 'bonsai');
    expect([demanded.status, demanded.document]).toEqual([
      1,
      { error: { code: 'engine-failed', message: expect.stringContaining('ALiBi') as string } },
    ]);
  });

  it.runIf(bounded)('takes one budget per layer', () => {
    const budgets = [512, 544, 576, 608, 640, 672, 704, 736];
    const { document } = json('pack', repo, '--budget', budgets.join(','), '--policy', 'streaming');
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
    // A question may begin with a dash.
    const { status, document } = json('ask', protocol, '- Where is `cacheFolder` defined?', '--max-tokens', '12');
    expect(status).toBe(0);
    expect(document['answer']).toBeTypeOf('string');
    expect(document['reusedTokens']).toBe(document['repositoryTokens']);
    expect(document['readTokens']).toBeGreaterThan(0);
  });

  it('completes, with the repository and without', () => {
    const place = `${join(protocol, 'place.ts')}:5:10`;
    const alone = json('complete', place, '--max-tokens', '8').document;
    const within = json('complete', place, '--max-tokens', '8', '--repo', protocol).document;
    expect([alone['reusedTokens'], (within['reusedTokens'] as number) > 500]).toEqual([0, true]);
  });

  it.each([
    [':900:1', 'there is no line 900'],
    [':1:999', 'there is no column 999'],
    [':1:0', 'there is no column 0'],
    ['', 'is not a place'],
  ])('refuses the place "%s"', (place, named) => {
    const { status, document } = json('complete', `${text}${place}`);
    expect([status, document]).toEqual([1, { error: { code: 'bad-request', message: expect.stringContaining(named) as string } }]);
  });
});

describe('files that bonsai is given', () => {
  const put = (path: string, content: string | Buffer) => {
    const file = join(folder, 'given', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const source = 'export function start() {\n  return 1;\n}\n\nexport function stop() {\n  \n}\n';

  it('are the same in every encoding and with any line ends, and a completion comes back with those of the file', () => {
    const place = (path: string, content: string | Buffer) => json('complete', `${put(path, content)}:6:3`, '--max-tokens', '8').document;
    const plain = place('a/x.ts', source);
    const marked = place('b/x.ts', Buffer.from(`\ufeff${source}`.replaceAll('\n', '\r\n'), 'utf16le'));
    expect(marked['readTokens']).toBe(plain['readTokens']);
    expect(marked['text']).toBe((plain['text'] as string).replaceAll('\n', '\r\n'));
    const score = (path: string) => json('perplexity', join(folder, 'given', path)).document['nll'];
    expect(score('b/x.ts')).toBe(score('a/x.ts'));
  });

  it.each([
    ['that hold a secret', '.env', 'KEY=1\n', [], 'held back: .env files hold secrets'],
    ['that are no text', 'a.bin', 'a\0b', [], 'binary'],
    ['outside the repository', 'a.ts', source, ['--repo', 'src/protocol'], '/src/protocol. Give --repo a folder that holds the file'],
  ])('%s are not completed', (_, path, content, options, named) => {
    const { status, document } = json('complete', `${put(path, content)}:1:1`, ...options);
    expect([status, document]).toEqual([1, { error: { code: 'bad-request', message: expect.stringContaining(named) as string } }]);
  });

  it('that git ignores are completed, as in the editor, with a word of it', () => {
    put('ignored/.gitignore', 'a.ts\n');
    const { status, stderr } = bonsai('complete', `${put('ignored/a.ts', source)}:6:3`, '--max-tokens', '4');
    expect(status).toBe(0);
    expect(stderr).toMatch(/ignored\/a\.ts would not be read with its repository: ignored by git\./);
  });

  it('and not read are counted by their reason in words', () => {
    put('plan/a.ts', source);
    for (const name of ['a', 'b', 'c', 'd']) put(`plan/${name}.lock.json/yarn.lock`, 'x\n');
    const { stdout } = bonsai('plan', join(folder, 'given/plan'));
    expect(stdout).toMatch(/: 1 file, \d+ tokens/);
    expect(stdout).toContain(
      'skipped 4 files:\n  4 lock file: a.lock.json/yarn.lock, b.lock.json/yarn.lock, c.lock.json/yarn.lock, and 1 more\n',
    );
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
    ['an empty question', ['ask', '.', ' \n'], 1, 'bad-request', 'empty'],
    ['what looks like an option', ['ask', '.', '-x'], 2, 'bad-request', 'put -- before it'],
    ['a file outside the repository', ['complete', '/etc/hostname:1:1', '--repo', '.'], 1, 'bad-request', 'is not in'],
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

describe('bonsai model', () => {
  const nowhere = ['--source', 'http://127.0.0.1:9/a.gguf', 'http://127.0.0.1:9/b.gguf'];
  const models = (name: string) => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  };

  it('is the path of one that is there, and no source is asked', () => {
    const there = models('there');
    copyFileSync(join(root, 'media/bonsai-demo-q8_0.gguf'), join(there, 'mine.gguf'));
    writeFileSync(join(there, 'broken.gguf'), 'GGUF');
    const { status, stdout } = bonsai('model', '--folder', there, ...nowhere);
    expect([status, stdout]).toEqual([0, `${join(there, 'mine.gguf')}\n`]);
    expect(json('model', '--fetch', '--folder', there, ...nowhere).status).toBe(1);
  });

  it('without any source is a failure with one plain sentence, and none where it is optional', () => {
    const none = models('none');
    const failed = json('model', '--folder', none, ...nowhere);
    expect([failed.status, failed.document]).toEqual([
      1,
      { error: { code: 'download', message: expect.stringContaining('127.0.0.1:9 does not respond') as string } },
    ]);
    const { status, stdout, stderr } = bonsai('model', '--optional', '--folder', none, ...nowhere);
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toContain('No model: No source gives');
    expect(stderr).not.toContain('    at ');
  });

  it('in a folder that cannot be used says so', () => {
    const file = join(models('file'), 'taken');
    writeFileSync(file, '');
    const { status, document } = json('model', '--folder', file, ...nowhere);
    expect([status, document]).toEqual([1, { error: { code: 'storage', message: expect.stringContaining(file) as string } }]);
  });
});

describe.runIf(bounded)('bonsai archive', () => {
  it('counts, checks, takes to another machine and makes smaller what was kept of files', () => {
    const [memory, other, shared] = ['kept', 'other', 'shared'].map((name) => join(folder, name)) as [string, string, string];
    const source = join(folder, 'to-archive');
    mkdirSync(source);
    for (const name of ['bounds.ts', 'layers.ts', 'messages.ts']) copyFileSync(join(root, 'src/protocol', name), join(source, name));
    const asked = ['ask', source, 'What is read?', '--max-tokens', '4', '--budget', '1024'];
    const first = json(...asked, '--memory', memory).document;
    const archive = (verb: string, ...more: string[]) => json('archive', verb, ...more);
    const { document: stats } = archive('stats', '--memory', memory);
    expect(stats).toMatchObject({ objects: 3, folder: join(memory, 'archive') });
    expect(archive('verify', '--memory', memory)).toMatchObject({ status: 0, document: { objects: 3, damaged: [] } });

    // To another machine, whose owner has to say whom they trust; nothing is read there.
    expect(archive('export', shared, '--memory', memory).document).toMatchObject({ copied: 3, there: 0, leftOut: [] });
    expect(archive('import', shared, '--memory', other)).toMatchObject({ status: 1, document: { error: { code: 'bad-request' } } });
    const key = archive('key').document['publicKey'] as string;
    expect(archive('import', shared, '--memory', other, '--trust', key).document).toMatchObject({ copied: 3, there: 0 });
    expect(archive('import', shared, '--memory', other, '--trust', key).document).toMatchObject({ copied: 0, there: 3 });
    const second = json(...asked, '--memory', other).document;
    expect(second['restoredTokens']).toBe(0);
    expect(second['repositoryTokens']).toBe(first['repositoryTokens']);
    expect(Number(second['repositoryTokens']) - Number(second['repositoryArchivedTokens'])).toBeLessThan(16);

    // Damage is named, is not taken along, and goes when that is asked for.
    const [path] = readdirSync(shared, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.kv'));
    const bytes = readFileSync(join(shared, path!));
    bytes[bytes.length - 100]! ^= 1;
    writeFileSync(join(shared, path!), bytes);
    writeFileSync(join(shared, 'stray.kv'), 'x');
    const third = archive('import', shared, '--memory', join(folder, 'third'), '--trust-unsigned').document;
    expect(third).toMatchObject({ copied: 2, leftOut: [{}, {}] });
    writeFileSync(join(memory, 'archive', path!), bytes);
    expect(archive('verify', '--memory', memory)).toMatchObject({ status: 1 });
    expect(archive('verify', '--memory', memory, '--remove')).toMatchObject({ status: 0, document: { objects: 3, damaged: [{}] } });
    expect(archive('prune', '0', '--memory', memory).document).toMatchObject({ removed: 2, left: 0 });
    expect(archive('prune', 'much').status).toBe(2);
    expect(archive('export', shared, '--memory', join(folder, 'nowhere'))).toMatchObject({
      document: { error: { code: 'folder-missing' } },
    });
  });
});

it('bonsai doctor says which engine runs', () => {
  expect(json('doctor').document['engine']).toBe(bounded ? 'bonsai' : 'stock');
  expect(json('doctor', '--engine', 'stock').document['engine']).toBe('stock');
});
