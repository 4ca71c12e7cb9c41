/** `bonsai mcp` with a model: progress, cancellation, two clients at once, and every way in which a process can end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { writeTinyModel } from '../engine/tinyModel.mjs';
import { plan, root, until } from './client';
import { childrenOf, cli, demoModel, gone, serve, untilState, type Server } from './mcpClient';

const bounded = plan.engine === 'bonsai';
const linux = process.platform === 'linux';
const question = 'Where is cacheFolder defined?';
/** Of random weights: long enough to come in between. */
const endless = { question, maxTokens: 2048 };
let folder: string;
let small: string;
let large: string;
/** As small, and changes. */
let changing: string;
let tiny: string;
const open: Server[] = [];
/** Goes from one test to the next, so that its start is waited for once; where a test runs by itself, it starts its own. */
const carried: { tiny?: Server | undefined; large?: Server | undefined } = {};

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'bonsai-mcp-engine-')));
  small = join(folder, 'small');
  mkdirSync(small);
  for (const name of ['place.ts', 'userFolders.ts', 'lineTail.ts']) cpSync(join(root, 'src/protocol', name), join(small, name));
  changing = join(folder, 'changing');
  cpSync(small, changing, { recursive: true });
  // Read for many seconds on any machine: what comes in between does come in between.
  large = join(folder, 'large');
  mkdirSync(large);
  for (const each of ['repo', 'protocol'])
    for (const path of readdirSync(join(root, 'src', each)).filter((name) => name.endsWith('.ts')))
      cpSync(join(root, 'src', each, path), join(large, each, path));
  tiny = await writeTinyModel('llama', folder, demoModel);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});
afterAll(async () => {
  for (const server of Object.values(carried)) await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** No longer closed at the end of this test. */
function carry(name: keyof typeof carried, server: Server): void {
  open.splice(open.indexOf(server), 1);
  carried[name] = server;
}
/** Closed at the end of this test, whatever becomes of it. */
function take(name: keyof typeof carried): Server | undefined {
  const server = carried[name];
  carried[name] = undefined;
  if (server) open.push(server);
  return server;
}

/** @param cache where its memory is saved; another one has read nothing */
async function start(repository: string, cache: string, ...args: string[]): Promise<Server> {
  const model = args.includes('--model') ? [] : ['--model', demoModel];
  const server = await serve([repository, ...model, ...args], { XDG_CACHE_HOME: join(folder, cache) });
  open.push(server);
  return server;
}

const writing = ({ message = '' }: Progress) => message.startsWith('writing the answer');
const reading = ({ message = '' }: Progress) => /^reading [\d,]+ of/.test(message);
const numbers = (data: unknown) => data as { tokensRead: number; tokensTotal: number; complete: boolean };

describe('asking', () => {
  it('waits for model and reading with progress that grows, answers, and shows what is in memory and what changed since', async () => {
    // Less than is read, so that the layers are measured before.
    const server = await start(changing, 'asking', '--read', 'ask', '--budget', '512');
    const told: Progress[] = [];
    const { data, text, failed } = await server.call('ask', { question, maxTokens: 24 }, { onprogress: (each) => told.push(each) });
    expect([failed, text]).toEqual([false, expect.stringContaining('demonstration model') as string]);
    expect(told.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['starting the engine', 'loading the model', 'reading the question']),
    );
    expect(told.some(reading) && told.some(writing)).toBe(true);
    expect(told.every(({ progress, total }, i) => total === 100 && progress <= 100 && progress > (told[i - 1]?.progress ?? 0))).toBe(true);
    expect(data).toMatchObject({ readShare: 1, model: { name: 'Bonsai demo', demo: true }, changed: [] });
    expect((data['sources'] as object[])[0]).toMatchObject({ path: 'userFolders.ts', why: 'defines cacheFolder' });
    expect(data['generatedTokens']).toBeGreaterThan(0);

    const status = await server.call('status');
    expect(status.data).toMatchObject({
      state: 'ready',
      model: { demo: true, engine: plan.engine },
      repository: { complete: true, behind: 0 },
    });
    expect((status.data['cache'] as { budget: number }).budget).toBeGreaterThan(100);
    const stateOf = async (name: string) => {
      const entries = (await server.call('overview')).data['entries'] as { path: string; memory: object; changed: number }[];
      return entries.find(({ path }) => path === name)!;
    };
    const before = await stateOf('userFolders.ts');
    expect([
      Object.keys(before.memory).every((state) => ['held', 'thinned', 'recallable', 'gone'].includes(state)),
      before.changed,
    ]).toEqual([true, 0]);
    appendFileSync(join(changing, 'place.ts'), '\nexport const addedSince = 1;\n');
    expect(await stateOf('place.ts')).toMatchObject({ changed: 1 });
    // The next question has it read again.
    await server.call('ask', { question, maxTokens: 16 });
    await expect.poll(async () => (await stateOf('place.ts')).changed).toBe(0);
    expect(server.faults).toEqual([]);
  });

  it('never reads where that is not wanted, and says how little it knows', async () => {
    const server = await start(small, 'never', '--read', 'never');
    const told: Progress[] = [];
    const { data } = await server.call('ask', { question, maxTokens: 16 }, { onprogress: (each) => told.push(each) });
    expect([told.some(reading), data['readShare']]).toEqual([false, 0]);
    expect(data['notes']).toContain('Only 0 % of the repository is in memory.');
    // What is searched is there all the same.
    expect((data['sources'] as object[])[0]).toMatchObject({ path: 'userFolders.ts' });
  });

  it('tells what is wrong with a model file, and works on without', async () => {
    const server = await start(small, 'wrong', '--read', 'ask', '--model', join(small, 'place.ts'));
    const { failed, text } = await server.call('ask', { question });
    expect([failed, text]).toEqual([true, expect.stringContaining('place.ts') as string]);
    expect((await server.call('status')).data).toMatchObject({ state: 'failed', message: text });
    expect((await server.call('find', { query: 'cacheFolder' })).failed).toBe(false);
    expect(linux ? childrenOf(server.pid) : []).toEqual([]);
  });

  it.runIf(linux)('unloads the model when nobody asks, and loads it again for the next question', async () => {
    const server = await start(changing, 'asking', '--read', 'ask', '--budget', '512', '--idle', '0.01');
    await server.call('ask', { question, maxTokens: 16 });
    const [first] = childrenOf(server.pid);
    await expect.poll(() => childrenOf(server.pid)).toEqual([]);
    expect((await server.call('status')).data['state']).toBe('noModel');
    expect((await server.call('ask', { question, maxTokens: 16 })).failed).toBe(false);
    expect(first).toBeGreaterThan(0);
  });
});

describe('cancelling', () => {
  /** Cancels as soon as the progress is as wanted; the request is then given up by the client. */
  async function cancelled(server: Server, args: Record<string, unknown>, when: (progress: Progress) => boolean): Promise<void> {
    const stop = new AbortController();
    const asked = server.call('ask', args, { onprogress: (each) => when(each) && stop.abort('enough'), signal: stop.signal });
    await expect(asked).rejects.toThrow('enough');
  }

  it('in the middle of an answer stops the engine long before the answer would have ended', async () => {
    const server = await start(small, 'tiny', '--read', 'ask', '--model', tiny);
    // Random weights end an answer by chance: one question of many goes on for long.
    let long: { args: { question: string; maxTokens: number }; seconds: number } | undefined;
    for (let i = 2; i < 22 && !long; i++) {
      const args = { question: `${i}: ${question}`, maxTokens: 1024 };
      const { data } = await server.call('ask', args);
      if ((data['generatedTokens'] as number) > 500) long = { args, seconds: data['seconds'] as number };
    }
    const { args, seconds } = long!;
    await cancelled(server, args, writing);
    expect(await untilState(server, (state) => state === 'ready', 500 * seconds), `an answer takes ${seconds} s`).toBe(true);
    expect((await server.call('ask', { question, maxTokens: 16 })).failed).toBe(false);
    carry('tiny', server);
  });

  it('while the repository is read for it stops reading, and the next question goes on from there', async () => {
    const server = await start(large, 'stopped', '--read', 'ask');
    await cancelled(server, { question }, reading);
    expect(await untilState(server, (state) => state === 'ready', 20_000)).toBe(true);
    const { repository } = (await server.call('status')).data;
    const { tokensRead, tokensTotal, complete } = numbers(repository);
    expect([complete, tokensRead > 0, tokensRead < tokensTotal]).toEqual([false, true, true]);
    let first: string | undefined;
    await cancelled(server, { question }, (each) => {
      first ??= reading(each) ? each.message : undefined;
      return reading(each);
    });
    expect(Number(/^reading ([\d,]+)/.exec(first ?? '')?.[1]?.replaceAll(',', ''))).toBeGreaterThan(tokensRead);
  });

  it('by one of two who wait for the same reading does not stop it for the other', async () => {
    const server = await start(small, 'two-wait', '--read', 'ask', '--budget', '512');
    const stop = new AbortController();
    const one = server.call('ask', { question }, { onprogress: (each) => reading(each) && stop.abort('enough'), signal: stop.signal });
    const other = server.call('ask', { question, maxTokens: 16 });
    await expect(one).rejects.toThrow('enough');
    const { failed, data } = await other;
    expect([failed, data['readShare']]).toEqual([false, 1]);
  });
});

describe('a large repository', () => {
  it('reads in the background, and answers everything else meanwhile', async () => {
    const server = await start(large, 'background');
    expect(await untilState(server, (state) => state === 'reading', 60_000)).toBe(true);
    expect((await server.client.listTools()).tools).toHaveLength(5);
    const [best] = (await server.call('find', { query: 'cacheFolder' })).data['found'] as object[];
    expect(best).toMatchObject({ path: 'protocol/userFolders.ts' });
    expect((await server.call('read', { path: 'protocol/place.ts', endLine: 1 })).failed).toBe(false);
    const entries = (await server.call('overview', { depth: 1 })).data['entries'] as { memory: Record<string, number> }[];
    expect(entries[0]!.memory['unread']).toBeGreaterThan(0);
    // All of that while it was being read.
    const { state, repository } = (await server.call('status')).data;
    // Nothing is told of a repository that is still being listed.
    expect([state, repository === undefined || !numbers(repository).complete]).toEqual(['reading', true]);
    carry('large', server);
  });

  it.runIf(linux)('whose server is killed while it reads leaves no process, and the next one reads on without complaint', async () => {
    const server = take('large') ?? (await start(large, 'background'));
    expect(await untilState(server, (state) => state === 'reading', 60_000)).toBe(true);
    const sidecars = childrenOf(server.pid);
    process.kill(server.pid, 'SIGKILL');
    expect(await gone([server.pid, ...sidecars])).toBe(true);
    const next = await start(large, 'background');
    expect(await untilState(next, (state) => state === 'reading', 60_000)).toBe(true);
    expect(next.stderr()).not.toMatch(/damaged|not used|could not/);
  });
});

it('two servers on one folder and one memory answer at the same time', async () => {
  const servers = await Promise.all([start(small, 'shared', '--budget', '512'), start(small, 'shared', '--budget', '512')]);
  const answers = await Promise.all(servers.map((server) => server.call('ask', { question, maxTokens: 24 })));
  for (const { failed, data } of answers) {
    expect([failed, data['readShare']]).toEqual([false, 1]);
    expect(data['generatedTokens']).toBeGreaterThan(0);
    expect((data['sources'] as object[])[0]).toMatchObject({ path: 'userFolders.ts', why: 'defines cacheFolder' });
  }
  // Not the same words: what one of them read first, the other takes from the archive, whose rows are rounded.
  expect(readdirSync(join(folder, 'shared'), { recursive: true }).some((name) => String(name).endsWith('.kv'))).toBe(bounded);
  for (const server of servers) expect(server.stderr()).not.toMatch(/damaged|not used/);
});

describe.runIf(linux)('ending', () => {
  /** A server in the middle of an answer, and its sidecar. */
  async function inTheMiddle(cache: string): Promise<{ server: Server; sidecars: number[] }> {
    const server = await start(small, cache, '--read', 'ask', '--model', tiny);
    const told: Progress[] = [];
    server.call('ask', endless, { onprogress: (each) => told.push(each) }).catch(() => undefined);
    expect(await until(() => told.some(writing), 60_000)).toBe(true);
    const sidecars = childrenOf(server.pid);
    expect(sidecars).toHaveLength(1);
    return { server, sidecars };
  }

  it('of its input in the middle of an answer ends it and its sidecar, without any signal', async () => {
    // The official client sends a signal to what is still there after two seconds, so this one is none.
    const args = [cli, 'mcp', small, '--read', 'ask', '--threads', '1', '--model', tiny];
    const server = spawn(process.execPath, args, { env: { ...process.env, XDG_CACHE_HOME: join(folder, 'input') } });
    onTestFinished(() => void server.kill('SIGKILL'));
    let out = '';
    let err = '';
    server.stdout.on('data', (data: Buffer) => (out += data.toString()));
    server.stderr.on('data', (data: Buffer) => (err += data.toString()));
    const send = (message: object) => server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const clientInfo = { name: 'raw', version: '1' };
    send({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo } });
    send({ method: 'notifications/initialized' });
    send({ id: 2, method: 'tools/call', params: { name: 'ask', arguments: endless, _meta: { progressToken: 7 } } });
    expect(await until(() => out.includes('writing the answer'), 60_000), err).toBe(true);
    const sidecars = childrenOf(server.pid!);
    expect(sidecars).toHaveLength(1);
    const exit = once(server, 'exit');
    server.stdin.end();
    expect(await exit).toEqual([0, null]);
    expect(await gone(sidecars)).toBe(true);
    expect(err).not.toMatch(/^\s+at .*:\d+/m);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    'by %s in the middle of an answer leaves no process and a memory that is whole',
    async (signal) => {
      const { server, sidecars } = await inTheMiddle(signal);
      process.kill(server.pid, signal);
      expect(await gone([server.pid, ...sidecars])).toBe(true);
      const next = await start(small, signal, '--read', 'ask', '--model', tiny);
      const told: Progress[] = [];
      const { failed, data } = await next.call('ask', { question, maxTokens: 16 }, { onprogress: (each) => told.push(each) });
      expect([failed, data['readShare']]).toEqual([false, 1]);
      expect(next.stderr()).not.toMatch(/damaged|not used|could not/);
      // What had been read before the answer was saved.
      if (bounded) expect(told.some(reading)).toBe(false);
    },
  );

  it('of the sidecar alone is told in plain words, and the next question starts another', async () => {
    const server = take('tiny') ?? (await start(small, 'tiny', '--read', 'ask', '--model', tiny));
    const told: Progress[] = [];
    const asked = server.call('ask', endless, { onprogress: (each) => told.push(each) });
    expect(await until(() => told.some(writing), 60_000)).toBe(true);
    const [sidecar] = childrenOf(server.pid);
    process.kill(sidecar!, 'SIGKILL');
    const { failed, text } = await asked;
    expect([failed, text]).toEqual([
      true,
      expect.stringMatching(/^The engine stopped unexpectedly \(SIGKILL\)\. .* Ask again: /) as string,
    ]);
    expect((await server.call('status')).data['state']).toBe('failed');
    const { failed: failedAgain, data } = await server.call('ask', { question, maxTokens: 16 });
    expect([failedAgain, data['readShare']]).toEqual([false, 1]);
    expect(childrenOf(server.pid)).not.toContain(sidecar);
  });
});
