/** Ghost text of real models, every way that it can be asked for: with their own tokens, in a chat, going on. One thread. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { messages, type CompleteParams, type Completion } from '../../src/protocol';
import { start, type Client } from '../sidecar/client';
import { describeModel, limit, type RealModel } from './models';
import { files } from './repository';

const multiply = {
  path: 'src/multiply.ts',
  languageId: 'typescript',
  prefix: `export function add(a: number, b: number): number {
  return a + b;
}

export function subtract(a: number, b: number): number {
  return a - b;
}

export function multiply(a: number, b: number): number {
  return `,
  suffix: '\n}\n',
};

/** A sidecar with the model, nothing read. */
function sidecar({ path: modelPath }: RealModel): { complete: (params: CompleteParams) => Promise<Completion> } {
  let client: Client;
  beforeAll(async () => {
    client = start();
    const params = { modelPath, cache: { budget: 1024 }, threads: 1, gpu: 'off' as const, storage: { save: false } };
    await client.connection.sendRequest(messages.loadModel, params);
  }, limit.timeout);
  afterAll(() => client.stop());
  return { complete: (params) => client.connection.sendRequest(messages.complete, { maxTokens: 24, ...params }) };
}

describeModel('qwen', 'ghost text', (real) => {
  const { complete } = sidecar(real);

  it.each(['auto', 'tokens', 'continuation', 'chat'] as const)('says what is missing, asked by way of %s', limit, async (way) => {
    // In a chat the lines before are often written again first.
    const completion = await complete({ ...multiply, way, singleLine: true, maxTokens: 64 });
    expect(completion.text.trim()).toBe('a * b;');
  });

  it('fills the middle of a line, seeing what follows', limit, async () => {
    const { prefix } = multiply;
    const completion = await complete({ ...multiply, prefix: `${prefix}a `, suffix: ' b;\n}\n', way: 'tokens', singleLine: true });
    expect(completion.text.trim()).toBe('*');
  });

  it('writes a function of several lines and ends with it', limit, async () => {
    const body = `  return orders.map((order, index) => reportLine(index + 1, order)).join('\\n');\n`;
    const report = files['src/report.ts'];
    const at = report.indexOf(body);
    const params = { path: 'src/report.ts', languageId: 'typescript', prefix: report.slice(0, at), suffix: report.slice(at + body.length) };
    const completion = await complete({ ...params, way: 'tokens', maxTokens: 48 });
    expect(completion.text).toMatch(/^ {2}return orders\b[^]*;$/m);
    expect(completion.text).not.toMatch(/<\||\n}/);
    expect(completion.generatedTokens).toBeLessThan(48);
  });
});

describeModel('smollm2', 'ghost text without tokens for it', (real) => {
  const { complete } = sidecar(real);

  it('comes by going on with the file', limit, async () => {
    const completion = await complete({ ...multiply, way: 'continuation', singleLine: true });
    expect(completion.text.trim()).toBe('a * b;');
  });

  it('comes from a chat as code alone', limit, async () => {
    const completion = await complete({ ...multiply, way: 'chat', singleLine: true });
    expect(completion.text).not.toMatch(/```|<CURSOR>|<\|/);
    expect(completion.text).not.toContain('\n');
  });
});

describeModel('gemma3', 'ghost text without a template', (real) => {
  const { complete } = sidecar(real);

  it('comes by going on with the file', limit, async () => {
    const completion = await complete({ ...multiply, singleLine: true });
    expect(completion.text.trim()).toBe('a * b;');
  });
});
