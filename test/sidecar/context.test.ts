/**
 * What an answer says of the cache, by source, against what the engine counted otherwise. The layers are equal here: what is held is
 * a mean over layers, and one that needs little holds less of a long prompt.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messages, type Answer, type ContextSource } from '../../src/protocol';
import { plan, root, start, type Client } from './client';

const bounded = plan.engine === 'bonsai';
const budget = 2048;
/** Entries that may be let go at once. */
const compaction = 256;

describe('the context of an answer', () => {
  let client: Client;
  let memory: number;
  beforeAll(async () => {
    client = start();
    await client.connection.sendRequest(messages.loadModel, {
      threads: 1,
      ...(bounded ? { cache: { budget, allocator: 'uniform' } } : {}),
    });
    memory = (await client.read(join(root, 'src/protocol'), bounded ? {} : { maxTokens: 3000 })).tokens;
  });
  afterAll(() => client.stop());

  const sum = ({ context = [] }: Answer, what: 'tokens' | 'readTokens') => context.reduce((all, part) => all + part[what], 0);
  const part = ({ context = [] }: Answer, source: ContextSource) => context.find((one) => one.source === source);
  /** The last token of an answer is not read any more, if it was cut. */
  const counted = (answer: Answer) => [0, 1].map((unread) => answer.reusedTokens + answer.readTokens + answer.generatedTokens - unread);

  it('is all that was read, by where it came from, and as much as the cache holds', async () => {
    const answer = await client.ask({
      question: 'What does planLaunch do with an engineFolderVariable?',
      system: 'You answer in one word.',
      history: [
        { role: 'user', text: 'Hello there!' },
        { role: 'assistant', text: 'Hello.' },
      ],
      attachments: [{ path: 'a.ts', startLine: 1, endLine: 2, text: 'export const a = 1;\nexport const b = 2;' }],
      maxTokens: 8,
    });
    expect(counted(answer)).toContain(sum(answer, 'readTokens'));
    expect(part(answer, 'repository')?.readTokens).toBe(memory);
    expect(part(answer, 'journal')).toBeUndefined();
    for (const source of ['system', 'attached', 'conversation'] as const)
      expect(part(answer, source)?.readTokens, source).toBeGreaterThan(4);
    expect(part(answer, 'recalled')?.readTokens ?? 0).toBeGreaterThanOrEqual(answer.recalled.length > 0 ? 10 : 0);
    if (bounded) {
      expect(sum(answer, 'tokens')).toBe(budget);
      expect(memory).toBeGreaterThan(budget);
      // The copy that the chat began with, less what had to go for as many tokens as were read since, in whole compactions.
      const kept = client.statuses.at(-1)?.repository?.tokensKept ?? 0;
      const since = sum(answer, 'readTokens') - memory;
      expect(part(answer, 'repository')?.tokens).toBeLessThanOrEqual(kept + 1);
      expect(part(answer, 'repository')?.tokens).toBeGreaterThan(kept - since - compaction);
      expect(part(answer, 'conversation')?.tokens).toBeGreaterThan(4);
    } else expect(sum(answer, 'tokens') - (part(answer, 'free')?.tokens ?? 0)).toBe(sum(answer, 'readTokens'));
  });

  it('of a bare question is repository, conversation, added source, and what is free', async () => {
    const answer = await client.ask({ question: 'Bonjour!', maxTokens: 4 });
    expect(answer.context?.map(({ source }) => source)).toEqual(['repository', 'conversation', 'free']);
    expect(counted(answer)).toContain(sum(answer, 'readTokens'));
  });

  it.runIf(bounded)(
    'holds what a question is about to its last token, at the cost of the repository, and lets earlier turns go first',
    async () => {
      const lines = Array.from({ length: 75 }, (_, i) => `export const value${i} = ${i * 7919};`);
      const attached = { path: 'values.ts', startLine: 1, endLine: lines.length, text: lines.join('\n') };
      const earlier = lines.map((line) => line.replaceAll('value', 'earlier')).join('\n');
      const answer = await client.ask({
        question: 'What is value3?',
        history: [
          { role: 'user', text: earlier },
          { role: 'assistant', text: 'I see.' },
        ],
        attachments: [attached],
        maxTokens: 4,
      });
      const [about, before] = [part(answer, 'attached')!, part(answer, 'conversation')!];
      expect(about.readTokens).toBeGreaterThan(budget / 3);
      expect(about.tokens / about.readTokens).toBeGreaterThan(0.99);
      expect(before.tokens / before.readTokens).toBeLessThan(0.9);
    },
  );
});
