/** Requests that come while the model goes away: each gets an answer or a plain error, and nothing uses what is gone. */
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messages } from '../../src/protocol';
import { failing, plan, root, start, until, type Client } from './client';

let folder: string;
let repository: string;
let client: Client;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-closing-'));
  repository = join(folder, 'repository');
  cpSync(join(root, 'src/sidecar'), repository, { recursive: true });
  // Many small ones, so that looking at them takes a while and many a turn of the event loop.
  for (let i = 0; i < 200; i++) writeFileSync(join(repository, `part${i}.ts`), `export const part${i} = ${i};\n`.repeat(40));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const load = () => client.connection.sendRequest(messages.loadModel, { threads: 1, storage: { save: false } });
beforeEach(async () => {
  client = start();
  await load();
});
afterEach(() => client.stop());

const complete = (n: number) =>
  client.connection.sendRequest(messages.complete, { path: 'a.ts', prefix: `export const a${n} = `, suffix: '\n', maxTokens: 32 });
const modelWork = {
  ask: () => client.ask({ question: 'What is part7?', maxTokens: 64 }),
  complete: () => complete(1),
  planRepository: () => client.connection.sendRequest(messages.planRepository, { folders: [repository] }),
  readRepository: () => client.read(repository),
  cacheMap: () => client.connection.sendRequest(messages.cacheMap, { buckets: 4 }),
  savedMemories: () => client.connection.sendRequest(messages.savedMemories),
  fileAction: () => client.connection.sendRequest(messages.fileAction, { path: 'part1.ts', action: 'pin' }),
  measureFidelity: () => client.connection.sendRequest(messages.measureFidelity, { needles: 4 }),
  countTokens: () =>
    client.connection.sendRequest(messages.countTokens, {
      texts: Array.from({ length: 1000 }, (_, i) => ({ text: `part ${i} `.repeat(500) })),
    }),
  listFiles: () => client.connection.sendRequest(messages.listFiles, { folders: [repository] }),
};
type Work = keyof typeof modelWork;
const plain = /^done$|closing|being replaced|is being read|measured already|No repository|No model|was not read|no file can be pinned/;

/** What came of requests: `done`, or the sentence of the failure. Each is looked at from the start, so that none fails unseen. */
const outcome = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => 'done',
    (error: unknown) => (error as Error).message,
  );
const everything = () => (Object.keys(modelWork) as Work[]).map((work) => outcome(modelWork[work]()));

async function plainly(outcomes: Promise<string>[]): Promise<void> {
  for (const each of await Promise.all(outcomes)) expect(each).toMatch(plain);
}

describe('a sidecar that is closing', () => {
  it('takes on no work with the model: requests after the word to end are refused, and it ends well', async () => {
    const reading = client.read(repository).catch((error: unknown) => error);
    expect(await until(() => client.statuses.some(({ state }) => state === 'reading'), 30_000)).toBe(true);
    const gone = once(client.child, 'exit');
    const down = client.connection.sendRequest(messages.shutdown);
    const late = Array.from({ length: 20 }, (_, n) => failing(complete(n)));
    expect(await down).toBeNull();
    for (const { message } of await Promise.all(late)) expect(message).toBe('Bonsai is closing.');
    await reading;
    expect(await gone).toEqual([0, null]);
  });

  it('answers all that it was asked before, and after, whatever it was', async () => {
    const before = everything();
    const gone = once(client.child, 'exit');
    const down = client.connection.sendRequest(messages.shutdown);
    const after = everything();
    expect(await down).toBeNull();
    await plainly([...before, ...after]);
    expect(await gone).toEqual([0, null]);
  });

  it('ends well on SIGTERM too, with completions asked for all the while', async () => {
    const reading = client.read(repository).catch((error: unknown) => error);
    expect(await until(() => client.statuses.some(({ state }) => state === 'reading'), 30_000)).toBe(true);
    const gone = once(client.child, 'exit');
    client.child.kill('SIGTERM');
    for (let n = 0; n < 20; n++) complete(n).catch(() => undefined);
    expect(await gone).toEqual([0, null]);
    await Promise.race([reading, new Promise((next) => setTimeout(next, 100))]);
  });
});

describe('a model that is replaced', () => {
  it('while everything runs: all is answered, in plain words where it was stopped', async () => {
    const before = everything();
    const replaced = load();
    const short = [outcome(complete(2)), outcome(modelWork.cacheMap()), outcome(modelWork.savedMemories())];
    await plainly([...before, ...short]);
    expect((await replaced).demo).toBe(true);
    expect((await client.ask({ question: 'x', maxTokens: 1 })).generatedTokens).toBeLessThanOrEqual(1);
  });

  it.skipIf(plan.engine !== 'bonsai')('while a file is pinned in a memory: the answer is plain', async () => {
    const small = join(folder, 'small');
    cpSync(join(root, 'test/fixtures/memory'), small, { recursive: true });
    await client.read(small);
    const pin = outcome(client.connection.sendRequest(messages.fileAction, { path: 'bytes.ts', action: 'pin' }));
    const replaced = load();
    await plainly([pin]);
    expect((await replaced).demo).toBe(true);
  });
});
