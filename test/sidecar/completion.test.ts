/** Ghost text of a real sidecar with the demo model: what a key costs, and that what was kept changes no answer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messages, type CompleteParams, type Completion } from '../../src/protocol';
import { failing, plan, root, start, type Client } from './client';

const bounded = plan.engine === 'bonsai';
const path = 'src/sidecar/server.ts';
// A copy that stays as it is: what the demo model is sure of depends on every line before.
const text = readFileSync(join(root, 'test/fixtures/typing/server.txt'), 'utf8');
/**
 * In the middle of a line: the person types what stands there. The model is sure of what follows; elsewhere, reading the
 * same tokens in other batches can change what it writes (by up to 0.1 nats a token, as measured).
 */
const typedText = "throw new BonsaiError('bad-request', `${method}";
const place = text.indexOf(typedText);

function at(typed: number, more: Partial<CompleteParams> = {}): CompleteParams {
  const prefix = text.slice(0, place + typed);
  return { path, languageId: 'typescript', prefix, suffix: text.slice(place + typedText.length), maxTokens: 12, ...more };
}

/** @param tokens of the repository that are read: less than the budget, and several times as much */
async function sidecar(tokens: number): Promise<Client> {
  const client = start();
  await client.connection.sendRequest(messages.loadModel, {
    threads: 1,
    gpu: 'off',
    storage: { save: false },
    ...(bounded ? { cache: { budget: 2048 } } : {}),
  });
  await client.read(join(root, 'src/sidecar/memory'), { maxTokens: tokens });
  // An answer waits for the index of the files, which the prompts are made with.
  await client.ask({ question: 'Hello?', maxTokens: 1 });
  return client;
}

const complete = (client: Client, params: CompleteParams): Promise<Completion> => client.connection.sendRequest(messages.complete, params);

/** Of the memory and the prompt, tokens. */
const lengthOf = (completion: Completion | undefined) => (completion?.reusedTokens ?? 0) + (completion?.readTokens ?? 0);

it('has the place it types at', () => expect(place).toBeGreaterThan(1000));

describe.each(bounded ? [600, 3000] : [600])('typing with %i tokens of a repository in memory', (tokens) => {
  let warm: Client;
  const given: Completion[] = [];
  const keys = 30;
  beforeAll(async () => {
    warm = await sidecar(tokens);
    for (let typed = 0; typed <= keys; typed++) given.push(await complete(warm, at(typed)));
  });
  afterAll(() => warm.stop());

  it('reads the prompt once, and then little more than what stands behind the cursor', () => {
    const [first, ...others] = given.map(({ readTokens }) => readTokens);
    expect(first).toBeGreaterThan(400);
    // What is behind the cursor is 64 tokens at most, with two marks; then what was typed, and now and then its line.
    expect(Math.max(...others)).toBeLessThanOrEqual(64 + 2 + 48);
    expect(given.some(({ text }) => text !== '')).toBe(true);
    const mean = others.reduce((sum, each) => sum + each, 0) / others.length;
    expect(mean).toBeLessThanOrEqual(64 + 2 + 12);
    for (const { reusedTokens, readTokens } of given.slice(1)) expect(reusedTokens + readTokens).toBeGreaterThan(tokens * 0.9 + 400);
  });

  it.each([17, keys])('answers after %i keys as a sidecar does that was asked nothing before', async (typed) => {
    const fresh = await sidecar(tokens);
    try {
      const answer = await complete(fresh, at(typed));
      expect(answer.readTokens).toBeGreaterThan(400);
      expect([answer.text, lengthOf(answer)]).toEqual([given[typed]?.text, lengthOf(given[typed])]);
    } finally {
      await fresh.stop();
    }
  });

  it('answers alike when a request was stopped, a chat came in between, and what was typed is taken back', async () => {
    const cancel = new CancellationTokenSource();
    const stopped = failing(warm.connection.sendRequest(messages.complete, at(20, { maxTokens: 500 }), cancel.token));
    cancel.cancel();
    await stopped;
    await warm.ask({ question: 'Hello?', maxTokens: 2 });
    const again = await complete(warm, at(keys));
    expect(again.text).toBe(given[keys]?.text);
    const back = await complete(warm, at(keys - 3));
    expect([back.text, back.readTokens < 150]).toEqual([given[keys - 3]?.text, true]);
  });

  it('is not confused by requests that overtake each other while they read', async () => {
    const many = Array.from({ length: 6 }, (_, i) => complete(warm, { ...at(keys), path: `other${i % 3}.ts` }).catch(() => undefined));
    await Promise.all(many);
    expect((await complete(warm, at(keys))).text).toBe(given[keys]?.text);
  });

  it('asks in a chat where it is told to, gives bare text, and reads as little with every key', async () => {
    const chats: Completion[] = [];
    for (let typed = 20; typed <= 24; typed++) chats.push(await complete(warm, at(typed, { way: 'chat', maxTokens: 24 })));
    for (const { text: shown } of chats) expect(shown).not.toMatch(/```|<CURSOR>|<\|/);
    expect(chats[0]!.readTokens).toBeGreaterThan(400);
    for (const { readTokens } of chats.slice(1)) expect(readTokens).toBeLessThan(200);
    const oneLine = await complete(warm, at(20, { way: 'chat', singleLine: true }));
    expect(oneLine.text).not.toContain('\n');
    expect((await complete(warm, at(keys, { way: 'tokens' }))).text).toBe(given[keys]?.text);
  });

  it('reads the new file where the person goes elsewhere', async () => {
    const other = await complete(warm, { path: 'a.ts', languageId: 'typescript', prefix: 'const a', suffix: '', maxTokens: 4 });
    expect(other.readTokens).toBeGreaterThan(3);
    expect((await complete(warm, at(keys))).readTokens).toBeGreaterThan(400);
  });
});
