/** `bonsai mcp` to the official client: every tool and resource with good and bad input, from the built command line, without a model. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { until } from './client';
import { cli, serve, type Server } from './mcpClient';

// In parts, so that nobody takes them for real ones here.
const githubToken = ['ghp', '16C7e42F292c6912E7710c838347Ae178B4a'].join('_');
const awsKey = ['AKIA', 'IOSFODNN7EXAMPLQ'].join('');
const links = process.platform !== 'win32';
let folder: string;
let repository: string;
let server: Server;

function put(path: string, content: string | Buffer): string {
  const file = join(repository, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'bonsai-mcp-')));
  repository = join(folder, 'repository');
  put(
    'src/start.ts',
    'import { stop } from "./stop";\n\n/** Begins. */\nexport function startEngine(speed: number): number {\n  stop();\n  return speed * 2;\n}\n',
  );
  put('src/stop.ts', 'export function stop(): void {\n  // The quagga stands still.\n}\n');
  put('src/deep/er/inside.ts', 'export const insideValue = 4711;\n');
  put('docs/guide.md', '# Guide\n\nThe engine is started by startEngine.\n');
  put('long.txt', Array.from({ length: 2500 }, (_, i) => `line ${i + 1} of many`).join('\n'));
  put('huge.ts', `export const text = 1;\n${'// nothing to see here, go on\n'.repeat(40_000)}`);
  put('image.bin', Buffer.from([0x89, 0, 1, 2, 0xff, 0xfe]));
  put('.env', 'KEY=geheim\n');
  put('token.ts', `export const token = '${githubToken}';\n`);
  put('.gitignore', 'ignored.txt\n');
  put('.bonsaiignore', 'private/\n');
  put('ignored.txt', 'nobody reads me\n');
  put('private/plan.md', 'nobody reads me either\n');
  put('many/.keep', 'x\n');
  for (let i = 0; i < 230; i++) put(`many/file${String(i).padStart(3, '0')}.txt`, `number ${i}\n`);
  writeFileSync(join(folder, 'outside.txt'), 'outside and secret\n');
  mkdirSync(join(folder, 'elsewhere'));
  writeFileSync(join(folder, 'elsewhere/far.txt'), 'far and secret\n');
  if (links) {
    symlinkSync(join(folder, 'outside.txt'), join(repository, 'link.txt'));
    symlinkSync(join(folder, 'elsewhere'), join(repository, 'linked'));
  }
  server = await serve([repository], { XDG_CACHE_HOME: folder, BONSAI_MODELS: join(folder, 'no-models') });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('what is offered', () => {
  it('are five tools that only read, each with a schema of what it takes and gives', async () => {
    const { tools } = await server.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['ask', 'find', 'read', 'overview', 'status']);
    for (const { annotations, inputSchema, outputSchema, description } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false, openWorldHint: false });
      expect([inputSchema.type, outputSchema?.type, inputSchema['additionalProperties']]).toEqual(['object', 'object', false]);
      expect(description!.length).toBeGreaterThan(50);
    }
    expect(server.client.getServerVersion()).toMatchObject({ name: 'bonsai' });
    expect(server.client.getInstructions()).toContain('read-only');
  });

  it.each([
    ['an unknown tool', 'write', {}, 'write not found'],
    ['a missing argument', 'read', {}, 'path'],
    ['an argument of another type', 'read', { path: 7 }, 'path'],
    ['an unknown argument', 'read', { path: 'src/stop.ts', lines: 3 }, 'lines'],
    ['a number out of bounds', 'find', { query: 'x', limit: 0 }, 'limit'],
    ['a line before the first', 'read', { path: 'src/stop.ts', startLine: 0 }, 'startLine'],
    ['no words to find', 'find', { query: '  \n' }, 'the query is empty'],
    ['no question', 'ask', { question: ' ' }, 'the question is empty'],
    ['a question without end', 'ask', { question: 'x'.repeat(8001) }, 'question'],
  ])('%s is refused by name', async (_, name, args, named) => {
    const { failed, text } = await server.call(name, args);
    expect([failed, text]).toEqual([true, expect.stringContaining(named) as string]);
  });
});

describe('find', () => {
  it('gives exact source with its place, the definition first', async () => {
    const { data, text } = await server.call('find', { query: 'Where is startEngine defined?', limit: 3 });
    const found = data['found'] as { path: string; startLine: number; endLine: number; text: string; score: number }[];
    expect(found[0]).toMatchObject({ path: 'src/start.ts', startLine: 3, endLine: 7, why: 'defines startEngine' });
    expect(found[0]!.text).toContain('export function startEngine(speed: number): number {');
    expect(found.some(({ path }) => path === 'docs/guide.md')).toBe(true);
    expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
    expect(text).toContain('src/start.ts:3-7 (defines startEngine)');
  });

  it('finds text, and definitions by letters of their names', async () => {
    const words = await server.call('find', { query: 'quagga' });
    expect(words.data['found']).toMatchObject([{ path: 'src/stop.ts' }]);
    const symbols = await server.call('find', { query: 'insVal', symbols: true });
    expect(symbols.data['found']).toMatchObject([{ path: 'src/deep/er/inside.ts', startLine: 1, endLine: 1, why: 'defines insideValue' }]);
  });

  it('finds nothing of what is held back, and says so plainly when there is nothing', async () => {
    for (const query of ['geheim', githubToken, 'nobody reads me', 'outside and secret']) {
      const { data } = await server.call('find', { query });
      expect(JSON.stringify(data['found'])).not.toMatch(/geheim|ghp_|nobody|secret/);
    }
    const none = await server.call('find', { query: 'xylophone zebra' });
    expect([none.failed, none.data['found'], none.text]).toEqual([false, [], expect.stringContaining('Nothing was found') as string]);
  });

  it('knows a file that has just been written, changed and removed', async () => {
    const file = put('src/new.ts', 'export const freshlyWritten = 1;\n');
    const first = async (query: string) => ((await server.call('find', { query })).data['found'] as { path: string }[])[0]?.path;
    expect(await first('freshlyWritten')).toBe('src/new.ts');
    writeFileSync(file, 'export const entirelyDifferent = 22;\n');
    expect([await first('freshlyWritten'), await first('entirelyDifferent')]).toEqual([undefined, 'src/new.ts']);
    rmSync(file);
    expect(await first('entirelyDifferent')).toBe(undefined);
  });
});

describe('read', () => {
  it('gives exact lines with their numbers', async () => {
    const { data, text } = await server.call('read', { path: 'src/start.ts', startLine: 4, endLine: 5 });
    expect(data).toEqual({
      ...{ path: 'src/start.ts', startLine: 4, endLine: 5, totalLines: 7, nextLine: 6, shortened: false },
      text: 'export function startEngine(speed: number): number {\n  stop();',
    });
    expect(text).toContain('     5\t  stop();');
  });

  it('comes in parts when it is long, and the parts are the file', async () => {
    let whole = '';
    let at: number | undefined = 1;
    for (let parts = 0; at !== undefined; parts++) {
      expect(parts).toBeLessThan(10);
      const { data } = await server.call('read', { path: 'long.txt', startLine: at, endLine: 5000 });
      whole += `${data['text'] as string}\n`;
      at = data['nextLine'] as number | undefined;
    }
    expect(whole).toBe(`${Array.from({ length: 2500 }, (_, i) => `line ${i + 1} of many`).join('\n')}\n`);
  });

  it('takes an absolute path inside the folder, and ways round to it', async () => {
    for (const path of [join(repository, 'src/stop.ts'), './src/stop.ts', 'src/../src/stop.ts', 'docs/../src//stop.ts'])
      expect((await server.call('read', { path })).data['path'], path).toBe('src/stop.ts');
  });

  it.each([
    ['a path out of the folder', '../outside.txt', 'is outside'],
    ['a way round out of it', 'src/../../outside.txt', 'is outside'],
    ['an absolute path elsewhere', '/etc/passwd', 'is outside'],
    ['a zero byte', 'src/stop.ts\0.md', 'zero byte'],
    ['a file of secrets', '.env', 'held back: .env files hold secrets'],
    ['a file with a secret in it', 'token.ts', 'held back: looks like a GitHub token (line 1)'],
    ['what git ignores', 'ignored.txt', 'ignored'],
    ['what Bonsai is told to ignore', 'private/plan.md', 'excluded by .bonsaiignore'],
    ['a huge file', 'huge.ts', 'larger than 1 MB'],
    ['a binary file', 'image.bin', 'binary'],
    ['a file that is not there', 'src/gone.ts', 'There is no file src/gone.ts. Use find or overview'],
    ['a folder', 'src', 'is a folder. Use overview'],
  ])('refuses %s', async (_, path, named) => {
    const { failed, text, data } = await server.call('read', { path });
    expect([failed, text, data]).toEqual([true, expect.stringContaining(named) as string, {}]);
  });

  it.runIf(links)('follows no link, neither of a file nor of a folder', async () => {
    for (const path of ['link.txt', 'linked/far.txt', 'linked/nothing.txt', join(repository, 'link.txt')]) {
      const { failed, text } = await server.call('read', { path });
      expect([failed, text], path).toEqual([true, expect.stringContaining('symbolic link leaving the folder') as string]);
    }
  });

  it('says how many lines there are, and which order they have', async () => {
    expect((await server.call('read', { path: 'src/stop.ts', startLine: 9 })).text).toBe('src/stop.ts has 3 lines; there is no line 9.');
    expect((await server.call('read', { path: 'src/stop.ts', startLine: 3, endLine: 2 })).text).toBe('endLine 2 is before startLine 3.');
  });

  it('holds back a file from the moment that a secret is in it, and a rule is there', async () => {
    const file = put('src/soon.ts', 'export const soon = 1;\n');
    expect((await server.call('read', { path: 'src/soon.ts' })).failed).toBe(false);
    appendFileSync(file, `const key = '${awsKey}';\n`);
    expect((await server.call('read', { path: 'src/soon.ts' })).text).toContain('held back');
    writeFileSync(file, 'export const soon = 2;\n');
    expect((await server.call('read', { path: 'src/soon.ts' })).failed).toBe(false);
    put('.bonsaiignore', 'private/\nsoon.ts\n');
    expect((await server.call('read', { path: 'src/soon.ts' })).text).toContain('excluded by .bonsaiignore');
    rmSync(file);
    expect((await server.call('read', { path: 'src/soon.ts' })).text).toContain('There is no file');
  });
});

describe('overview and status', () => {
  it('show the tree, as deep and as long as asked for, and what is not read', async () => {
    const { data, text } = await server.call('overview', { depth: 1, limit: 3 });
    const entries = data['entries'] as { path: string; kind: string; files: number; memory: object }[];
    expect(entries.map(({ path, kind }) => [path, kind])).toEqual([
      ['./', 'folder'],
      ['docs/', 'folder'],
      ['many/', 'folder'],
    ]);
    expect([entries[1]!.files, entries[1]!.memory]).toEqual([1, { unknown: 1 }]);
    expect(data['left']).toBeGreaterThan(0);
    expect(text).toContain('more: ask for one folder');
    expect(text).toContain('held back: .env files hold secrets: .env');
    const inside = await server.call('overview', { path: 'src/deep', depth: 2 });
    expect((inside.data['entries'] as { path: string }[]).map(({ path }) => path)).toEqual([
      'src/deep/',
      'src/deep/er/',
      'src/deep/er/inside.ts',
    ]);
    const nowhere = await server.call('overview', { path: 'nowhere' });
    expect([nowhere.failed, nowhere.text]).toEqual([true, expect.stringContaining('There is no folder nowhere') as string]);
  });

  it('tell that no model is there; asking says the line that gets one, and all else works', async () => {
    const asked = await server.call('ask', { question: 'Where is it?' });
    expect(asked.failed).toBe(true);
    expect(asked.text).toContain(`There is no model in ${join(folder, 'no-models')}. To fetch one, type: node "${cli}" model.`);
    const { data } = await server.call('status');
    expect(data).toMatchObject({ state: 'failed', message: asked.text, folders: [repository] });
    expect(data['model']).toBeUndefined();
    expect((await server.call('read', { path: 'src/stop.ts' })).failed).toBe(false);
  });
});

describe('resources', () => {
  it('are all files in pages, each once, by their paths', async () => {
    const names: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await server.client.listResources(cursor === undefined ? {} : { cursor });
      names.push(...page.resources.map(({ name }) => name));
      cursor = page.nextCursor;
      pages++;
    } while (cursor !== undefined);
    expect(pages).toBe(2);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('src/deep/er/inside.ts');
    expect(names.filter((name) => /env|token|ignored\.txt|private|huge|image|link/.test(name))).toEqual([]);
  });

  it('are read by their address, also by one that the template makes', async () => {
    const { resourceTemplates } = await server.client.listResourceTemplates();
    expect(resourceTemplates).toHaveLength(1);
    const uri = resourceTemplates[0]!.uriTemplate.replace('{+path}', 'src/stop.ts');
    expect(uri).toBe(pathToFileURL(join(repository, 'src/stop.ts')).href);
    const { contents } = await server.client.readResource({ uri });
    expect(contents).toEqual([{ uri, mimeType: 'text/plain', text: 'export function stop(): void {\n  // The quagga stands still.\n}\n' }]);
  });

  it.each([
    ['outside', 'file:///etc/passwd', 'is outside'],
    ['by a way round', 'REPO/src/../../outside.txt', 'is outside'],
    ['by an encoded way round', 'REPO/src/%2e%2e/%2e%2e/outside.txt', 'is outside'],
    ['with an encoded slash', 'REPO/src%2f..%2f..%2foutside.txt', 'not the address of a file'],
    ['of another kind', 'https://example.com/a.ts', 'not the address of a file'],
    ['that is none', 'src/stop.ts', 'not the address of a file'],
    ['of a secret', 'REPO/.env', 'held back'],
    ['of a link', 'REPO/link.txt', links ? 'symbolic link' : 'There is no file'],
  ])('refuse an address %s', async (_, uri, named) => {
    const asked = uri.replace('REPO', pathToFileURL(repository).href);
    await expect(server.client.readResource({ uri: asked })).rejects.toThrow(named);
  });

  it('refuse a cursor that is none', async () => {
    await expect(server.client.listResources({ cursor: 'not a cursor' })).rejects.toThrow('is no cursor');
  });
});

it('nothing but the protocol came to standard output in all that', () => {
  expect(server.faults).toEqual([]);
});

describe('the process', () => {
  const run = () => {
    const child = spawn(process.execPath, [cli, 'mcp', repository, '--read', 'never'], { env: { ...process.env, XDG_CACHE_HOME: folder } });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };

  it('passes over what is no message, and writes lines of JSON alone', async () => {
    const child = run();
    let out = '';
    let err = '';
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (err += data.toString()));
    const send = (message: object | string) => child.stdin.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
    send('this is no JSON');
    send({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
    });
    send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    send({ neither: 'this' });
    send({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'find', arguments: { query: 'quagga' } } });
    send({ jsonrpc: '2.0', id: 3, method: 'no/such/method' });
    expect(await until(() => out.split('\n').length > 3, 30_000), err).toBe(true);
    const messages = out
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each) as { jsonrpc: string; id: number; error?: { code: number } });
    expect(messages.every(({ jsonrpc }) => jsonrpc === '2.0')).toBe(true);
    expect(messages.map(({ id }) => id).toSorted()).toEqual([1, 2, 3]);
    expect(messages.find(({ id }) => id === 3)?.error?.code).toBe(-32601);
    expect(err).toContain('A message was ignored');
    const exit = once(child, 'exit');
    child.stdin.end();
    expect(await exit).toEqual([0, null]);
  });

  it('ends by a signal with its number', async () => {
    const child = run();
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}\n`);
    await once(child.stdout, 'data');
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([143, null]);
  });

  it.each([
    ['a folder that is not there', ['/nowhere/at/all'], 1, '/nowhere/at/all does not exist.'],
    ['a file for a folder', [cli], 1, 'is not a folder'],
    ['no folder', [], 2, 'folders'],
    ['a wrong time to read', ['.', '--read', 'later'], 2, 'start, ask, never'],
    ['wrong minutes', ['.', '--idle', 'x'], 2, 'Give minutes from 0 to 1440.'],
  ])('does not begin with %s', (_, args, code, named) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'mcp', ...args], { encoding: 'utf8', timeout: 30_000 });
    expect([status, stdout, stderr]).toEqual([code, '', expect.stringContaining(named) as string]);
  });
});
