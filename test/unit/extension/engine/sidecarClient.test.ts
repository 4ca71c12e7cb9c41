import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { alive } from '../../../../scripts/lib/processes.mjs';
import type { LogMessage } from '../../../../src/protocol';
import { MemoryRequests } from '../../../../src/extension/engine/memoryRequests';
import { SidecarClient } from '../../../../src/extension/engine/sidecarClient';
import { Supervisor } from '../../../../src/extension/engine/supervisor';
import { untranslated } from '../../../../src/extension/util/text';

let folder: string;
let client: SidecarClient;
let modelPath = '';
let workspace: { folders: string[]; name: string } | undefined;
const logged: LogMessage[] = [];
const never = new CancellationTokenSource().token;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonsai-client-'));
  await copyFile(join(import.meta.dirname, 'fakeSidecar.mjs'), join(folder, 'sidecar.mjs'));
  modelPath = '';
  workspace = undefined;
  logged.length = 0;
  client = new SidecarClient({
    distFolder: folder,
    clientName: 'test',
    settings: () => ({
      ...{
        modelPath,
        budget: 0,
        policy: 'tree',
        positions: 'auto',
        layerBudgets: 'auto',
        engine: 'stock',
        chunk: 0,
        threads: 0,
        gpu: 'off',
      },
      storage: { save: false },
    }),
    workspace: () => workspace,
    log: (message) => logged.push(message),
    t: untranslated,
    supervisor: new Supervisor({ longLife: 30_000, limit: 3, firstWait: 10 }),
  });
});

afterEach(async () => {
  await client.stop();
  await rm(folder, { recursive: true });
});

test('starts nothing before it is needed', () => {
  expect(client.pid).toBeUndefined();
  expect(client.status.state).toBe('noModel');
});

test('starts on the first question, streams, and is idle afterwards', async () => {
  const pieces: string[] = [];
  const answer = await client.ask({ question: 'hello' }, ({ text }) => pieces.push(text), never);
  expect(pieces).toEqual(['one ', 'two']);
  expect(answer.reusedTokens).toBe(5);
  expect(client.pid).toBeGreaterThan(0);
  await client.whenIdle();
});

test('what is saved of the workspace is asked for with the model, before whatever waits for the model', async () => {
  workspace = { folders: ['/acme'], name: 'saved' };
  const opened: number[] = [];
  client.onOpened(({ restoredTokens }) => opened.push(restoredTokens));
  const { reusedTokens } = await client.ask({ question: 'hello' }, () => undefined, never);
  expect([reusedTokens, opened]).toEqual([1005, [1000]]);
  client.openWorkspace();
  await expect.poll(() => opened).toEqual([1000, 1000]);
});

test('without a workspace that may be read nothing is asked for', async () => {
  const opened: number[] = [];
  client.onOpened(({ restoredTokens }) => opened.push(restoredTokens));
  client.openWorkspace();
  const { reusedTokens } = await client.ask({ question: 'hello' }, () => undefined, never);
  client.openWorkspace();
  await client.ask({ question: 'hello' }, () => undefined, never);
  expect([reusedTokens, opened]).toEqual([5, []]);
});

test('what computes lets go first who types', async () => {
  await client.load();
  expect(getPriority(client.pid)).toBeGreaterThan(getPriority());
});

test('cancelling reaches the sidecar and ends the request', async () => {
  const source = new CancellationTokenSource();
  const asked = client.ask({ question: 'endless' }, () => source.cancel(), source.token);
  await expect(asked).resolves.toMatchObject({ stop: 'cancelled' });
});

test('a crash fails the request with the cause and the way out, and the next one works', async () => {
  await client.load();
  const first = client.pid;
  await expect(client.ask({ question: 'crash' }, () => undefined, never)).rejects.toMatchObject({
    code: 'engine-failed',
    message: expect.stringMatching(/exit code 7.*ran out of memory.*restores the saved memory/s) as string,
  });
  expect(client.status.state).toBe('failed');
  expect(client.pid).toBeUndefined();
  await client.ask({ question: 'hello' }, () => undefined, never);
  expect(client.pid).not.toBe(first);
  expect(client.status.state).toBe('ready');
});

test('a repository lost in a crash is missed until one is read again', async () => {
  const read = () => new MemoryRequests(client).read({ folders: ['/acme'] }, () => undefined, never);
  await read();
  await expect.poll(() => client.status.repository?.name).toBe('acme');
  await expect(client.ask({ question: 'crash' }, () => undefined, never)).rejects.toMatchObject({ code: 'engine-failed' });
  expect(client.status).toMatchObject({ state: 'failed', lostRepository: 'acme' });
  await client.load();
  await expect.poll(() => client.status).toMatchObject({ state: 'ready', lostRepository: 'acme' });
  await read();
  await expect.poll(() => client.status.lostRepository).toBeUndefined();
});

test('gives up after too many fast failures, until a restart is asked for', async () => {
  modelPath = '/crash.gguf';
  for (let attempt = 0; attempt < 3; attempt++) await expect(client.load()).rejects.toMatchObject({ code: 'engine-failed' });
  await expect(client.load()).rejects.toMatchObject({ code: 'given-up' });
  modelPath = '';
  await client.restart();
  await client.load();
});

test('a model that cannot be loaded leaves the process and says why; another model then loads', async () => {
  modelPath = '/missing.gguf';
  await expect(client.load()).rejects.toMatchObject({ code: 'model-missing', message: /no file \/missing.gguf/ });
  // The sidecar, which still has the model of before, goes on saying that it is ready.
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(client.status).toMatchObject({ state: 'failed', message: expect.stringContaining('no file') as string });
  modelPath = '/other.gguf';
  await expect(client.load()).resolves.toMatchObject({ name: '/other.gguf' });
});

test('another protocol version is refused in plain words', async () => {
  process.env['FAKE_PROTOCOL'] = '99';
  try {
    await expect(client.load()).rejects.toMatchObject({ code: 'version-mismatch', message: /protocol 99.*npm run build/ });
  } finally {
    delete process.env['FAKE_PROTOCOL'];
  }
});

test('a missing sidecar is explained', async () => {
  await rm(join(folder, 'sidecar.mjs'));
  await expect(client.load()).rejects.toMatchObject({ code: 'engine-failed', message: /file of the extension is missing/ });
});

test('stopping ends the process', async () => {
  await client.load();
  const { pid } = client;
  await client.stop();
  expect(pid !== undefined && alive(pid)).toBe(false);
  await expect(client.load()).rejects.toMatchObject({ code: 'stopped' });
});

test('a process that ignores the request to end is killed', async () => {
  process.env['FAKE_STUBBORN'] = '1';
  try {
    await client.load();
    const { pid } = client;
    await client.stop();
    expect(pid !== undefined && alive(pid)).toBe(false);
  } finally {
    delete process.env['FAKE_STUBBORN'];
  }
});

test('reloading stops what runs and loads with the settings of now', async () => {
  let started = false;
  const asked = client.ask({ question: 'endless' }, () => (started = true), never);
  await expect.poll(() => started).toBe(true);
  modelPath = '/other.gguf';
  await client.reload();
  await expect(asked).resolves.toMatchObject({ stop: 'cancelled' });
  await expect(client.load()).resolves.toMatchObject({ name: '/other.gguf' });
});
