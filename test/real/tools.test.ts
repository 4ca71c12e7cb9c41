/** A real model that is offered tools: its call has the form, only what is new is read afterwards, and the answer rests on the result. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Bonsai } from '../../src/sidecar/bonsai';
import type { AskParams } from '../../src/protocol';
import { describeModel } from './models';

const tools = [
  {
    name: 'find',
    description: 'Finds source in the repository by names or words. Gives exact lines with their file and line numbers.',
    parameters: { query: { type: 'string' as const, description: 'Names or words, as they are written in the code.' } },
  },
  {
    name: 'read',
    description: 'Reads lines of a file of the repository.',
    parameters: {
      path: { type: 'string' as const, description: 'Such as src/main.ts.' },
      startLine: { type: 'integer' as const, description: 'First line, from 1.' },
      endLine: { type: 'integer' as const, description: 'Last line.' },
    },
  },
];

describeModel('qwen', 'tools', (real) => {
  const bonsai = new Bonsai();
  beforeAll(() => bonsai.loadModel({ modelPath: real.path, gpu: 'off', cache: { budget: 4096 } }), 600_000);
  afterAll(() => bonsai.close());

  const ask = (params: AskParams) => bonsai.ask({ ...params, maxTokens: 160 }, () => undefined);

  it('are what its template has a form for', () => {
    expect(bonsai.loaded?.info.tools).toBe(true);
  });

  const result = '- src/cli/mcp/tools.ts:26-26 (defines longestQuestion)\n    26\tconst longestQuestion = 8731;';

  it('are called in that form, and then only what is new is read', { timeout: 600_000 }, async () => {
    const question = 'Use the find tool to look up the constant longestQuestion. What is its value?';
    const first = await ask({ question, tools });
    const { stop, call } = first;
    if (stop !== 'toolCall' || !call) throw new Error(`it called nothing: ${first.text}`);
    expect(tools.map(({ name }) => name)).toContain(call.name);
    expect(JSON.parse(call.arguments)).toEqual({ query: expect.any(String) as string });
    const second = await ask({ question, tools, steps: [{ text: first.text, call, result }] });
    // The prompt and the call are in the cache: what is new is the end of the call, and the result.
    expect(second.reusedTokens).toBeGreaterThan(first.readTokens);
    expect(second.readTokens).toBeLessThan(80);
  });

  // Without the beginning it calls the same once more.
  it('are answered from, once the answer is begun for it', { timeout: 600_000 }, async () => {
    const call = { name: 'find', arguments: '{"query": "longestQuestion"}' };
    const question = 'What is the value of the constant longestQuestion?';
    const answer = await ask({ question, tools, steps: [{ text: '', call, result }], begun: 'According to the results, ' });
    expect(answer).toMatchObject({ stop: 'end', text: expect.stringContaining('8731') as string });
  });

  it('an endless call is cut at the limit, and is none', { timeout: 600_000 }, async () => {
    const cut = await bonsai.ask({ question: 'Use the find tool to look up longestQuestion.', tools, maxTokens: 12 }, () => undefined);
    expect([cut.stop, cut.call]).toEqual(['maxTokens', undefined]);
  });
});
