/** The requests of the repository memory against a real child process that plays the sidecar. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import type { LogMessage, ReadProgress, ReadSummary } from '../../../../src/protocol';
import { MemoryRequests } from '../../../../src/extension/engine/memoryRequests';
import { SidecarClient } from '../../../../src/extension/engine/sidecarClient';
import { CrashRecovery } from '../../../../src/extension/reading/crashRecovery';
import { ReadingController } from '../../../../src/extension/reading/readingController';
import { untranslated } from '../../../../src/extension/util/text';

let folder: string;
let client: SidecarClient;
let memory: MemoryRequests;
let save = true;
const logged: LogMessage[] = [];
const never = new CancellationTokenSource().token;
const place = { folders: ['/acme'], name: 'acme' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonsai-memory-'));
  await copyFile(join(import.meta.dirname, 'fakeSidecar.mjs'), join(folder, 'sidecar.mjs'));
  logged.length = 0;
  save = true;
  client = new SidecarClient({
    distFolder: folder,
    clientName: 'test',
    settings: () => ({
      ...{
        modelPath: '',
        budget: 0,
        policy: 'hybrid',
        positions: 'auto',
        layerBudgets: 'auto',
        engine: 'stock',
        chunk: 0,
        threads: 0,
        gpu: 'off',
      },
      storage: { folder: join(folder, 'memory'), quotaBytes: 1000, save },
    }),
    log: (message) => logged.push(message),
    t: untranslated,
  });
  memory = new MemoryRequests(client);
});

afterEach(async () => {
  await client.stop();
  await rm(folder, { recursive: true });
});

test('a plan says what is to be read, and costs nothing of it', async () => {
  await expect(memory.plan(place, never)).resolves.toMatchObject({ name: 'acme', tokens: 1000, tokensHeld: 0, tokensToRead: 1000 });
  expect(client.status.repository).toBeUndefined();
});

test('a plan that fails brings its code and sentence', async () => {
  await expect(memory.plan({ ...place, name: 'unplannable' }, never)).rejects.toMatchObject({
    code: 'storage',
    message: /Free some space/,
  });
});

test('a paused read keeps what it has, says so in the status, and goes on from there', async () => {
  const source = new CancellationTokenSource();
  const pauseInTheMiddle = ({ tokensRead }: ReadProgress) => tokensRead >= 300 && source.cancel();
  const first = await memory.read(place, pauseInTheMiddle, source.token);
  expect(first.stopped).toBe('cancelled');
  expect(first.tokens).toBeGreaterThanOrEqual(300);
  expect(first.tokens).toBeLessThan(1000);
  await expect.poll(() => client.status.repository?.memory.paused).toBe(true);
  const seen: number[] = [];
  const rest = await memory.read(place, ({ tokensRead }) => seen.push(tokensRead), never);
  expect(rest).toMatchObject({ tokens: 1000, restoredTokens: first.tokens });
  expect(seen[0]).toBe(first.tokens);
  await expect.poll(() => client.status.repository?.memory.paused).toBe(false);
});

test('what was saved comes back in another process, unless it was not to be saved', async () => {
  await memory.read(place, () => undefined, never);
  await client.restart();
  await expect(memory.plan(place, never)).resolves.toMatchObject({ tokensHeld: 1000 });
  const phases = new Set<string>();
  const restored = await memory.read(place, ({ phase }) => phases.add(phase), never);
  expect([...phases]).toContain('restoring');
  expect(restored).toMatchObject({ restoredTokens: 1000, notes: [expect.stringContaining('older version') as string] });
  await expect(memory.read({ ...place, again: true }, () => undefined, never)).resolves.toMatchObject({ restoredTokens: 0 });
  await memory.deleteSaved();
  save = false;
  await client.restart();
  await memory.read(place, () => undefined, never);
  await expect(memory.saved()).resolves.toMatchObject({ memories: [] });
});

test('changed files are told to a running sidecar, and start none', async () => {
  memory.filesChanged(['/acme/early.ts']);
  expect(client.pid).toBeUndefined();
  // A sidecar without a model has no memory either.
  await client.doctor();
  memory.filesChanged(['/acme/early.ts']);
  await client.load();
  memory.filesChanged(['/acme/a.ts', '/acme/b.ts']);
  await expect.poll(() => logged.map(({ text }) => text)).toContain('changed: /acme/a.ts /acme/b.ts');
  expect(logged.some(({ text }) => text.includes('early'))).toBe(false);
  await client.stop();
  memory.filesChanged(['/acme/late.ts']);
  expect(client.pid).toBeUndefined();
});

test('saved memories are listed and deleted', async () => {
  await memory.read(place, () => undefined, never);
  const { memories } = await memory.saved();
  expect(memories).toMatchObject([{ name: 'acme', tokens: 1000 }]);
  await expect(memory.deleteSaved({ ids: memories.map(({ id }) => id) })).resolves.toEqual({ memories: 1, bytes: 5_000_000 });
  await expect(memory.saved()).resolves.toMatchObject({ memories: [] });
});

test('measuring shows how far it is, can be stopped, and stays in the status', async () => {
  await memory.read(place, () => undefined, never);
  const done: number[] = [];
  await expect(memory.measureFidelity((now) => done.push(now.done), never)).resolves.toMatchObject({ needles: 40 });
  expect(done).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  await expect.poll(() => client.status.repository?.memory.fidelity?.recalled.exact).toBe(38);
  expect(client.status.repository?.memory.fidelity?.rows).toEqual({ needles: 39, exact: 36, nats: 0.4 });
  const source = new CancellationTokenSource();
  await expect(memory.measureFidelity(() => source.cancel(), source.token)).rejects.toMatchObject({ code: 'stopped' });
});

function controller(told: ReadSummary[]) {
  return new ReadingController(memory, {
    place: () => place,
    confirm: () => Promise.resolve(false),
    busy: () => undefined,
    tell: (summary) => told.push(summary),
    fail: () => undefined,
  });
}

test('after a crash the memory is restored from disk without being asked', async () => {
  const told: ReadSummary[] = [];
  const reading = controller(told);
  new CrashRecovery(client, reading);
  await reading.read();
  const first = client.pid;
  await expect(client.ask({ question: 'crash' }, () => undefined, never)).rejects.toMatchObject({ code: 'engine-failed' });
  await expect.poll(() => told.length).toBe(2);
  expect(client.pid).not.toBe(first);
  expect(told[1]).toMatchObject({ restoredTokens: 1000 });
  await expect.poll(() => client.status).toMatchObject({ state: 'ready', repository: { complete: true } });
  expect(client.status.lostRepository).toBeUndefined();
});

test('what was not saved and takes long is offered after a crash, and said to be lost', async () => {
  process.env['FAKE_RATE'] = '10';
  save = false;
  try {
    const reading = controller([]);
    new CrashRecovery(client, reading);
    await reading.accept();
    await expect(client.ask({ question: 'crash' }, () => undefined, never)).rejects.toMatchObject({ code: 'engine-failed' });
    await expect.poll(() => reading.view.offer?.plan.tokensToRead).toBe(1000);
    expect(client.status).toMatchObject({ state: 'ready', lostRepository: 'acme' });
  } finally {
    delete process.env['FAKE_RATE'];
  }
});
