/** The sidecar as a process: handshake, wrong messages, wrong models, and how it ends. */
import { fork, spawnSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readNamedFile } from '../../src/repo';
import { messages, protocolVersion } from '../../src/protocol';
import { alive } from '../../scripts/lib/processes.mjs';
import { failing, plan, root, sidecarPath, start, until, type Client } from './client';

const demo = join(root, 'media/bonsai-demo-q8_0.gguf');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

let client: Client;
let folder: string;
beforeAll(() => {
  client = start();
  folder = mkdtempSync(join(tmpdir(), 'bonsai-models-'));
});
afterAll(async () => {
  await client.stop();
  rmSync(folder, { recursive: true });
});

describe('the handshake', () => {
  it('tells versions and the engine that runs', async () => {
    const result = await client.connection.sendRequest(messages.initialize, { protocolVersion, client: 'test' });
    expect(result).toMatchObject({ protocolVersion, version: manifest.version, pid: client.child.pid, engine: plan.engine });
  });

  it('refuses another protocol', async () => {
    const request = client.connection.sendRequest(messages.initialize, { protocolVersion: protocolVersion + 1, client: 'test' });
    expect(await failing(request)).toMatchObject({
      code: 'version-mismatch',
      message: expect.stringContaining('Reload the window') as string,
    });
  });
});

describe('wrong messages', () => {
  it.each([
    ['an empty question', 'bonsai/ask', { question: '' }, 'question'],
    ['no parameters', 'bonsai/ask', undefined, 'bonsai/ask'],
    ['a wrong type', 'bonsai/readRepository', { folders: 'x' }, 'folders'],
    ['no folders', 'bonsai/readRepository', { folders: [] }, 'folders'],
    ['a negative budget', 'bonsai/loadModel', { cache: { budget: -1 } }, 'budget'],
    ['an unknown policy', 'bonsai/loadModel', { cache: { policy: 'x' } }, 'policy'],
    ['too many buckets', 'bonsai/cacheMap', { buckets: 1e6 }, 'buckets'],
    ['a layer below the first', 'bonsai/cacheMap', { buckets: 1, layer: -1 }, 'layer'],
    ['an unknown action', 'bonsai/fileAction', { path: 'a.ts', action: 'delete' }, 'action'],
  ])('%s: bad-request that names the field', async (_, method, params, named) => {
    const { code, message } = await failing(client.connection.sendRequest(method, params));
    expect(code).toBe('bad-request');
    expect(message).toContain(named);
  });

  it.each(['plot76.ipynb', 'guide.md'])('before a model is loaded: %s is the text that reading it gives', async (name) => {
    const path = join(root, 'test/fixtures/repo/base64', name);
    const given = readFileSync(path, 'utf8').replaceAll('\n', '\r\n');
    const { text } = await client.connection.sendRequest(messages.textToRead, { path: `docs/${name}`, text: given });
    expect(await readNamedFile(path)).toMatchObject({ text });
    expect(text.length).toBeLessThan(given.length / 5);
  });

  it('before a model is loaded: the files that would be read are listed all the same', async () => {
    const folder = join(root, 'src/protocol');
    const { files } = await client.connection.sendRequest(messages.listFiles, { folders: [folder] });
    expect(files).toContain('mentions.ts');
    const missing = client.connection.sendRequest(messages.listFiles, { folders: [join(folder, 'nothing')] });
    expect(await failing(missing)).toMatchObject({ code: 'folder-missing', message: expect.stringContaining('does not exist') as string });
  });

  it('before a model is loaded: no-model', async () => {
    expect((await failing(client.ask({ question: 'x' }))).code).toBe('no-model');
    expect((await failing(client.read(root))).code).toBe('no-model');
  });
});

describe('wrong models', () => {
  const load = (modelPath: string) => failing(client.connection.sendRequest(messages.loadModel, { modelPath }));

  it('that are not there, or a folder', async () => {
    expect(await load(join(folder, 'none.gguf'))).toMatchObject({
      code: 'model-missing',
      message: expect.stringContaining('none.gguf') as string,
    });
    expect(await load(folder)).toMatchObject({ code: 'model-missing', message: expect.stringContaining('is a folder') as string });
  });

  it('that are text named .gguf, or empty', async () => {
    const text = join(folder, 'text.gguf');
    writeFileSync(text, 'hello\n');
    expect(await load(text)).toMatchObject({ code: 'model-not-gguf', message: expect.stringContaining('not a GGUF file') as string });
    writeFileSync(text, '');
    expect((await load(text)).code).toBe('model-not-gguf');
  });

  it.each([
    ['inside its tensors', 5_000_000, '%'],
    ['by one byte', readFileSync(demo).length - 1, '%'],
    ['inside its header', 2000, '%'],
    ['after its magic', 4, '%'],
  ])('that are cut %s', async (_, size, named) => {
    const cut = join(folder, 'cut.gguf');
    copyFileSync(demo, cut);
    truncateSync(cut, size);
    const { code, message } = await load(cut);
    expect({ code, named: message.includes(named), way: message.includes('Download it again') }).toEqual({
      code: 'model-truncated',
      named: true,
      way: true,
    });
  });

  it('leave the process well: the demo model loads next, and stays when another wrong one follows', async () => {
    const info = await client.connection.sendRequest(messages.loadModel, { threads: 1 });
    expect(info).toMatchObject({
      demo: true,
      path: demo,
      engine: plan.engine,
      policy: plan.engine === 'bonsai' ? 'hybrid' : 'full',
      fim: true,
      layers: 8,
    });
    expect((await load(join(folder, 'none.gguf'))).code).toBe('model-missing');
    expect((await client.ask({ question: 'x', maxTokens: 1 })).generatedTokens).toBeLessThanOrEqual(1);
  });

  it.runIf(plan.engine === 'bonsai')('and wrong budgets name the smallest one, and the model in use stays', async () => {
    const { code, message } = await failing(client.connection.sendRequest(messages.loadModel, { cache: { budget: 100 } }));
    expect([code, message]).toEqual(['bad-request', expect.stringContaining('512')]);
    expect((await client.ask({ question: 'x', maxTokens: 1 })).readTokens).toBeGreaterThan(0);
  });
});

describe('its end', () => {
  let other: Client | undefined;
  afterEach(() => other?.stop());

  it('refuses to run without a parent, and says what to type instead', () => {
    const { status, stderr } = spawnSync(process.execPath, [sidecarPath], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('npm run bonsai');
  });

  it('answers shutdown, then exits by itself', async () => {
    other = start();
    await other.connection.sendRequest(messages.loadModel, { threads: 1 });
    const gone = once(other.child, 'exit');
    expect(await other.connection.sendRequest(messages.shutdown)).toBeNull();
    expect(await gone).toEqual([0, null]);
  });

  it('ends orderly on SIGTERM while it is reading', async () => {
    other = start();
    await other.connection.sendRequest(messages.loadModel, { threads: 1 });
    const reading = other.read(join(root, 'src')).catch((error: unknown) => error);
    expect(await until(() => other!.statuses.some((status) => status.state === 'reading'), 20_000)).toBe(true);
    const gone = once(other.child, 'exit');
    other.child.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
    await Promise.race([reading, new Promise((next) => setTimeout(next, 100))]);
  });

  it('dies with a parent that is killed, even while reading', async () => {
    const parentScript = join(folder, 'parent.mjs');
    writeFileSync(
      parentScript,
      `import { fork } from 'node:child_process';
       const child = fork(${JSON.stringify(sidecarPath)});
       const send = (id, method, params) => child.send({ jsonrpc: '2.0', id, method, params });
       child.on('message', (m) => { if (m.id === 1) { send(2, 'bonsai/readRepository', { folders: [${JSON.stringify(join(root, 'src'))}] }); } if (m.params?.state === 'reading') console.log(child.pid); });
       send(1, 'bonsai/loadModel', {});`,
    );
    const parent = spawn(process.execPath, [parentScript], { env: plan.env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [first] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(first.toString().trim().split('\n')[0]);
    expect(alive(pid)).toBe(true);
    parent.kill('SIGKILL');
    expect(await until(() => !alive(pid), 8000)).toBe(true);
  });

  it('after being killed, the next one starts and works', async () => {
    other = start();
    const gone = once(other.child, 'exit');
    other.child.kill('SIGKILL');
    expect(await gone).toEqual([null, 'SIGKILL']);
    other = start();
    expect((await other.connection.sendRequest(messages.initialize, { protocolVersion, client: 'test' })).engine).toBe(plan.engine);
  });
});

it('its bundle can be forked without any engine in the environment', async () => {
  const child = fork(sidecarPath, [], { silent: true, env: { PATH: process.env['PATH'] } });
  const gone = once(child, 'exit');
  child.disconnect();
  expect(await gone).toEqual([0, null]);
});
