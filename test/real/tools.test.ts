/** A real model that is offered tools: its call has the form, only what is new is read afterwards, and the answer rests on the result. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Bonsai } from '../../src/sidecar/bonsai';
import type { Answer, AskParams, ToolStep } from '../../src/protocol';
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

  it('are called in that form, and the answer comes from what they gave', { timeout: 600_000 }, async () => {
    const question = 'Use the find tool to look up the constant longestQuestion. What is its value?';
    const steps: ToolStep[] = [];
    const first: Answer = await ask({ question, tools });
    console.log('first', JSON.stringify({ ...first, context: undefined }));
    expect(first.stop).toBe('toolCall');
    expect(tools.map(({ name }) => name)).toContain(first.call?.name);
    const given: unknown = JSON.parse(first.call?.arguments ?? '');
    expect(given).toBeTypeOf('object');
    const result = '- src/cli/mcp/tools.ts:26-26 (defines longestQuestion)\n    26\tconst longestQuestion = 8731;';
    if (first.call) steps.push({ text: first.text, call: first.call, result });
    const second = await ask({ question, tools, steps });
    console.log('second', JSON.stringify({ ...second, context: undefined }));
    // The call was written, not read: what is new is the end of it and the result.
    expect(second.readTokens).toBeLessThan(110);
    expect(second.reusedTokens).toBeGreaterThan(first.readTokens);
    expect(second.stop).toBe('end');
    expect(second.text).toContain('8731');
  });

  it('an endless call is cut at the limit, and is none', { timeout: 600_000 }, async () => {
    const cut = await bonsai.ask({ question: 'Use the find tool to look up longestQuestion.', tools, maxTokens: 12 }, () => undefined);
    console.log('cut', JSON.stringify({ ...cut, context: undefined }));
    expect([cut.stop, cut.call]).toEqual(['maxTokens', undefined]);
  });
});
