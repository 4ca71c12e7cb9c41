/** Reading, asking and completing in a real child process, with the demo model. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { messages, type ReadProgress, type ReadSummary } from '../../src/protocol';
import { failing, plan, root, start, until, type Client } from './client';

const bounded = plan.engine === 'bonsai';
const chunk = 256;
/** A chunk at a time is what others may wait for; some of the progress may be on its way already. */
const chunksInFlight = 3;

let client: Client;
let repository: string;

beforeAll(async () => {
  repository = mkdtempSync(join(tmpdir(), 'bonsai-work-'));
  mkdirSync(join(repository, 'src'));
  for (const name of readdirSync(join(root, 'src/repo')).filter((each) => each.endsWith('.ts')))
    cpSync(join(root, 'src/repo', name), join(repository, 'src', name));
  writeFileSync(join(repository, 'image.dat'), Buffer.from([0x89, 0, 1, 2, 0xff, 0xfe]));
  writeFileSync(join(repository, 'package-lock.json'), '{}');
  execFileSync('git', ['init', '-q'], { cwd: repository });
  client = start();
  await client.connection.sendRequest(messages.loadModel, {
    threads: 1,
    ...(bounded ? { cache: { budget: 1024 } } : {}),
    // What is read again is computed again: there is work to be done.
    storage: { archiveBytes: 0 },
  });
});
afterAll(async () => {
  await client.stop();
  rmSync(repository, { recursive: true });
});

const complete = (params: object = {}, cancel?: CancellationTokenSource) =>
  client.connection.sendRequest(
    messages.complete,
    { path: 'src/b.ts', prefix: 'import { join } from "node:path";\n\nexport function ', suffix: '\n}\n', maxTokens: 8, ...params },
    cancel?.token,
  );

describe('reading', () => {
  let summary: ReadSummary;
  const progress: ReadProgress[] = [];

  it('reports the listing, then every chunk, then what it took', async () => {
    summary = await client.read(repository, { onProgress: (each) => progress.push(each) });
    const reading = progress.filter((each) => each.phase === 'reading');
    expect(progress[0]?.phase).toBe('listing');
    expect(reading.map((each) => each.tokensRead)).toEqual(reading.map((_, i) => Math.min((i + 1) * chunk, reading.at(-1)!.tokensTotal)));
    expect(reading.at(-1)).toMatchObject({ tokensRead: summary.tokens, tokensTotal: summary.tokens, secondsLeft: 0 });
    // No rate is told of the first second; a summary has one.
    expect(reading.every((each) => each.tokensPerSecond >= 0) && summary.tokensPerSecond > 0).toBe(true);
    expect(summary.skipped).toEqual([
      { path: 'package-lock.json', reason: 'lock file' },
      { path: 'image.dat', reason: 'binary' },
    ]);
    // 8 layers, 2 KV heads of 64, K and V, f16.
    expect(summary.kvBytesFull).toBe(summary.tokens * 8 * 2 * 64 * 2 * 2);
  });

  it('keeps what the engine can: a bounded part of all, or the whole of a part', () => {
    if (bounded) {
      expect(summary.stopped).toBeUndefined();
      expect(summary.tokens).toBeGreaterThan(2048);
      expect(summary.kvBytes).toBe(1024 * 8 * 2 * 64 * 2 * 2);
      expect(summary.layers.reduce((sum, { budget }) => sum + budget, 0)).toBe(8 * 1024);
      for (const { budget, kept } of summary.layers)
        expect([kept <= budget, kept >= budget - 256], `${kept} of ${budget}`).toEqual([true, true]);
    } else {
      expect(summary.stopped).toBe('maxTokens');
      for (const { kept } of summary.layers) expect(kept).toBe(summary.tokens);
    }
  });

  it('shows where every file lies and what is still held', async () => {
    const map = await client.connection.sendRequest(messages.cacheMap, { buckets: 32 });
    expect(map.tokens).toBe(summary.tokens);
    expect(map.starts).toHaveLength(32);
    expect(map.files.length).toBe(summary.files);
    expect(map.files.at(-1)!.end).toBe(summary.tokens);
    for (const [i, file] of map.files.entries()) expect(file.start).toBe(i === 0 ? map.files[0]!.start : map.files[i - 1]!.end);
    for (const layer of map.layers) {
      const held = layer.held.reduce((sum, part, i) => sum + part * ((map.starts[i + 1] ?? map.tokens) - map.starts[i]!), 0);
      // Merged entries share their weight, so the sum is near what is kept, never above all of it.
      expect(held).toBeGreaterThan(0.5 * layer.kept);
      expect(held).toBeLessThanOrEqual(map.tokens + 1);
    }
    expect(map.evicted > 0).toBe(bounded);
  });

  it('can be stopped, keeps its part, and says so', async () => {
    const cancel = new CancellationTokenSource();
    const stopped = await client.read(repository, {
      again: true,
      cancel,
      onProgress: (each) => each.phase === 'reading' && cancel.cancel(),
    });
    expect(stopped.stopped).toBe('cancelled');
    expect(stopped.tokens).toBeGreaterThan(0);
    expect(stopped.tokens).toBeLessThan(summary.tokens);
    expect(stopped.tokens % chunk).toBe(0);
  });

  it('goes on to the end, and then has nothing to read', async () => {
    const rest = await client.read(repository);
    expect(rest.tokens).toBe(summary.tokens);
    expect(rest.restoredTokens).toBeGreaterThan(0);
    const progress: ReadProgress[] = [];
    expect(await client.read(repository, { onProgress: (each) => progress.push(each) })).toMatchObject({ restoredTokens: summary.tokens });
    expect(progress.filter(({ phase }) => phase === 'reading')).toEqual([]);
  });

  it('starts over when asked to, and stops after as many tokens as asked', async () => {
    const again = await client.read(repository, { again: true, maxTokens: 600 });
    expect(again).toMatchObject({ tokens: 600, stopped: 'maxTokens' });
  });

  it('is done once at a time', async () => {
    const first = client.read(repository, { again: true, maxTokens: 1024 });
    expect((await failing(client.read(repository))).code).toBe('busy');
    expect((await first).tokens).toBe(1024);
  });

  it('of nothing names the folder and keeps what was read', async () => {
    const empty = join(repository, 'empty');
    mkdirSync(empty);
    const nothing = await failing(client.read(empty));
    expect([nothing.code, nothing.message.includes(empty)]).toEqual(['nothing-to-read', true]);
    expect((await failing(client.read(join(repository, 'nowhere')))).code).toBe('folder-missing');
    expect((await client.connection.sendRequest(messages.cacheMap, { buckets: 1 })).tokens).toBe(1024);
  });
});

describe('asking', () => {
  let memory: number;
  beforeAll(async () => void (memory = (await client.read(repository, { again: true, maxTokens: 1024 })).tokens));

  it('streams the answer and tells what was reused and what was read', async () => {
    let streamed = '';
    const answer = await client.ask({ question: 'Where is `nowhere` defined?', maxTokens: 24 }, (text) => (streamed += text));
    expect(streamed).toBe(answer.text);
    expect(answer.text.length).toBeGreaterThan(0);
    expect(answer.reusedTokens).toBe(memory);
    expect(answer.readTokens).toBeGreaterThan(5);
    expect(answer.readTokens).toBeLessThan(40);
    expect(answer.recalled).toEqual([]);
    expect(answer.generatedTokens).toBeLessThanOrEqual(24);

    const next = await client.ask({
      question: 'And `elsewhere`?',
      history: [
        { role: 'user', text: 'Where is `nowhere` defined?' },
        { role: 'assistant', text: answer.text },
      ],
      maxTokens: 8,
    });
    expect(next.reusedTokens).toBeGreaterThanOrEqual(memory);
  });

  it('gives the same answer to the same question, and leaves the memory as it was', async () => {
    const ask = () => client.ask({ question: 'What is the value of LIMIT?', maxTokens: 12 });
    const [first, ghost, second] = [await ask(), await complete(), await ask()];
    expect(second.text).toBe(first.text);
    expect(ghost.reusedTokens).toBe(memory);
    expect((await client.connection.sendRequest(messages.cacheMap, { buckets: 1 })).tokens).toBe(memory);
  });

  it('stops at once, and answers again afterwards', async () => {
    const cancel = new CancellationTokenSource();
    let stoppedAt = 0;
    const answer = await client.ask(
      { question: 'Write a long story.', maxTokens: 800 },
      () => {
        stoppedAt ||= Date.now();
        cancel.cancel();
      },
      cancel,
    );
    if (answer.stop === 'end') expect(answer.generatedTokens).toBeLessThan(20);
    else expect(answer.stop).toBe('cancelled');
    expect(answer.generatedTokens).toBeLessThan(100);
    expect(Date.now() - stoppedAt).toBeLessThan(2000);
    expect((await client.ask({ question: 'x', maxTokens: 2 })).reusedTokens).toBeGreaterThanOrEqual(memory);
  });

  it('writes one answer at a time: others wait, are told for how many, and can be stopped while they do', async () => {
    const order: string[] = [];
    const aheads: (number | undefined)[][] = [[], [], []];
    const stop = new CancellationTokenSource();
    const one = (index: number, cancel?: CancellationTokenSource) =>
      client
        .ask(
          // The first one must last until the second was stopped.
          { question: 'Write a long story.', maxTokens: index === 0 ? 400 : 16 },
          (_text, { ahead }) => ahead !== undefined && aheads[index]?.push(ahead),
          cancel,
        )
        .then(
          () => order.push(`${index} answered`),
          () => order.push(`${index} stopped`),
        );
    const all = [one(0), one(1, stop), one(2)];
    expect(await until(() => aheads[2]!.length > 0, 30_000)).toBe(true);
    stop.cancel();
    await Promise.all(all);
    expect(order).toEqual(['1 stopped', '0 answered', '2 answered']);
    expect(aheads).toEqual([[], [1], [2, 1, 0]]);
  });

  it('goes on with an answer, and has read what was written of it already', async () => {
    const question = 'Where is `readText` defined?';
    const whole = await client.ask({ question });
    const half = await client.ask({ question, maxTokens: 3 });
    expect(half.stop).toBe('maxTokens');
    const rest = await client.ask({ question, begun: half.text });
    expect(half.text + rest.text).toBe(whole.text);
    expect(rest.reusedTokens).toBeGreaterThan(half.reusedTokens);
    expect(rest.readTokens).toBeLessThan(8);
  });
});

describe('ghost text', () => {
  it('is served while a repository is being read, within about one chunk', async () => {
    const seen: number[] = [];
    const cancel = new CancellationTokenSource();
    const reading = client.read(join(root, 'src/sidecar'), {
      cancel,
      onProgress: (each) => each.phase === 'reading' && seen.push(each.tokensRead),
    });
    expect(await until(() => seen.length >= 1, 30_000)).toBe(true);
    const before = seen.at(-1)!;
    const completion = await complete();
    expect(completion.generatedTokens).toBeLessThanOrEqual(8);
    expect(completion.readTokens).toBeGreaterThan(5);
    expect(completion.reusedTokens).toBeGreaterThanOrEqual(before);
    expect(completion.reusedTokens).toBeLessThanOrEqual(before + chunksInFlight * chunk);
    expect(seen.at(-1)! - before).toBeLessThanOrEqual(chunksInFlight * chunk);
    expect(await until(() => seen.at(-1)! > completion.reusedTokens, 30_000)).toBe(true);
    cancel.cancel();
    expect((await reading).tokens).toBeGreaterThan(before);
  });

  it('stops at the line end when asked for one line', async () => {
    expect((await complete({ singleLine: true, maxTokens: 40 })).text).not.toContain('\n');
  });

  it('gives up an older request for a newer one', async () => {
    const older = failing(complete({ maxTokens: 500 }));
    const newer = complete();
    expect((await older).message).toContain('newer');
    expect((await newer).generatedTokens).toBeLessThanOrEqual(8);
  });

  it('can be stopped', async () => {
    const cancel = new CancellationTokenSource();
    // Of a place where nothing has been read yet, or it would be done before.
    const prefix = readFileSync(join(root, 'src/sidecar/server.ts'), 'utf8');
    const stopped = failing(complete({ path: 'src/elsewhere.ts', prefix, maxTokens: 500 }, cancel));
    setTimeout(() => cancel.cancel(), 50);
    expect((await stopped).message).toContain('cancelled');
    expect((await complete()).readTokens).toBeGreaterThan(0);
  });
});

describe('the status', () => {
  it('was pushed at most ten times a second, and went through reading, answering and back to ready', async () => {
    await client.read(repository);
    expect(await until(() => client.statuses.at(-1)?.state === 'ready', 5000)).toBe(true);
    const states = client.statuses.map((status) => status.state);
    for (const state of ['reading', 'answering', 'ready'] as const) expect(states).toContain(state);
    const last = client.statuses.at(-1)!;
    expect(last.model?.engine).toBe(plan.engine);
    expect(last.repository?.name).toBe(basename(repository));
    expect(last.repository?.complete).toBe(bounded);
    expect(last.kvBytes).toBeGreaterThan(0);
    if (!bounded) expect(last.message).toContain('The cache is full');
  });
});

it('the doctor knows the engine and has no complaint that it does not fix', async () => {
  const report = await client.connection.sendRequest(messages.doctor);
  expect(report.engine).toBe(plan.engine);
  expect(report.versions['node-llama-cpp']).toBe('3.22.1');
  expect(report.backends).toContain('cpu');
  expect(report.recommended.length).toBeGreaterThan(0);
  for (const check of report.checks) expect(check.ok || check.fix !== undefined, check.name).toBe(true);
});
