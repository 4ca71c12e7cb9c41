/** Answers of a model that writes what the test tells it to, with the demo model's tokenizer and template. */
import type { LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AskParams } from '../../../../src/protocol';
import { Assistant } from '../../../../src/sidecar/chat/assistant';
import { demoModelPath } from '../../../../src/sidecar/bundleRoot';
import type { SamplerConfig } from '../../../../src/sidecar/engine/addon';
import { loadLibrary, loadLlama } from '../../../../src/sidecar/engine/llama';
import type { LoadedModel } from '../../../../src/sidecar/engine/loadedModel';
import { Cancelled } from '../../../../src/sidecar/errors';
import { checkModelFile } from '../../../../src/sidecar/engine/modelFile';
import { chatTemplateSource } from '../../../../src/sidecar/engine/modelMetadata';
import { Scheduler } from '../../../../src/sidecar/engine/scheduler';
import type { Memory } from '../../../../src/sidecar/memory/createMemory';
import { chatTemplate } from '../../../../src/sidecar/prompt/chatTemplate';
import { toolFormat } from '../../../../src/sidecar/prompt/toolFormat';
import { modelTokens, tokenizeText, type ModelTokens } from '../../../../src/sidecar/prompt/modelTokens';

let model: LlamaModel;
let tokens: ModelTokens;
let template: LoadedModel['chatTemplate'];

beforeAll(async () => {
  const llama = await loadLlama('off');
  const { header } = await checkModelFile(llama, demoModelPath);
  model = await llama.loadModel({ modelPath: demoModelPath });
  tokens = modelTokens(model, header);
  template = chatTemplate(await loadLibrary(), model, chatTemplateSource(header));
});
afterAll(() => model.dispose());

interface Limits {
  budgets?: number[];
  /** Tokens of a prompt, after which its reading ends as a stopped one does. */
  readAtMost?: number;
  onRead?: () => void;
  /** With a template that has a form for tools. */
  chatTemplate?: LoadedModel['chatTemplate'];
}

/** @param script what the model writes, again and again from the front; '' ends the answer */
function assistant(
  script: readonly string[],
  { budgets = [4096], readAtMost = Infinity, onRead, chatTemplate: own = template }: Limits = {},
) {
  const prompts: string[] = [];
  const samplers: SamplerConfig[] = [];
  const forms: unknown[] = [];
  let asked = 0;
  const chat = {
    ...{ id: 1, position: 0, generation: 0, room: 4096, exactTailStart: 0 },
    forkFrom: () => Promise.resolve(),
    trimTo: (position: number) => void (chat.position = position),
    hintPrompt: () => undefined,
    // eslint-disable-next-line @typescript-eslint/require-await
    async *generate(prompt: Uint32Array) {
      prompts.push(model.detokenize([...prompt] as never, true));
      chat.position += Math.min(readAtMost, prompt.length);
      onRead?.();
      if (prompt.length > readAtMost) throw new Cancelled();
      for (const token of tokenizeText(model, script[asked++] ?? '')) {
        yield token;
        chat.position++;
      }
    },
  };
  const loaded = {
    ...{ info: { demo: false, trainedWindow: 2048 }, model, tokens, chatTemplate: own, scheduler: new Scheduler() },
    sequences: { chat, memory: { position: 0, room: 4096 } },
    cache: { stats: () => ({ layers: [], budgets }), held: () => [] },
    heldSampler: (form: unknown) => {
      forms.push(form);
      return Promise.resolve({ applyConfig: () => undefined, dispose: () => undefined });
    },
    sampler: (config: SamplerConfig) => {
      samplers.push(config);
      return { applyConfig: () => undefined, dispose: () => undefined };
    },
  } as unknown as LoadedModel;
  const memory = {
    settle: () => Promise.resolve([]),
    index: undefined,
    rows: { choose: () => Promise.resolve(new Map()) },
    repository: { version: '1', files: [] },
  } as unknown as Memory;
  return { assistant: new Assistant(loaded, memory), prompts, samplers, forms, chat };
}

const line = '- the scheduler reads the file and counts its tokens\n';

it('an answer that repeats itself is stopped long before its maximum length, and has what it repeated once', async () => {
  const { assistant: own } = assistant([`It works like this:\n${line.repeat(60)}`]);
  let streamed = '';
  const answer = await own.ask({ question: 'q' }, (text) => (streamed += text));
  expect(answer.stop).toBe('repeating');
  expect(answer.text.trim()).toBe(`It works like this:\n${line}`.trim());
  expect(streamed.startsWith(answer.text)).toBe(true);
  expect(answer.generatedTokens).toBeLessThan(128);
  // A character of several tokens is not cut in two.
  const { assistant: other } = assistant(['🦜🦜'.repeat(200)]);
  expect((await other.ask({ question: 'q' }, () => undefined)).text).toMatch(/^🦜+$/u);
});

it('an answer that ends by itself is left as it is, however often its code says the same', async () => {
  const code = `\`\`\`ts\n${"  case 'a':\n    return 0;\n".repeat(3)}}\n\`\`\`\n`;
  const { assistant: own, samplers } = assistant([code]);
  expect(await own.ask({ question: 'q' }, () => undefined)).toMatchObject({ stop: 'maxTokens', text: code });
  expect(samplers).toMatchObject([{ temperature: 0.2, seed: 1 }]);
});

it('what was begun is the beginning of the answer that goes on', async () => {
  const { assistant: own, prompts, samplers } = assistant(['a b c', ' d']);
  const params = { question: 'q', seed: 7 };
  await own.ask(params, () => undefined);
  const rest = await own.ask({ ...params, begun: 'a b c', looped: true }, () => undefined);
  expect(rest.text).toBe(' d');
  // All but the last token is there already.
  expect(prompts[1]?.length).toBeLessThan(4);
  expect(prompts[0]?.endsWith('assistant\n')).toBe(true);
  expect(samplers[0]).not.toHaveProperty('repeatPenalty');
  // Out of a loop, what stands there already counts against coming again.
  expect(samplers[1]).toMatchObject({ seed: 7, temperature: 0.8, repeatPenalty: 1.1, repeatPenaltyTokens: tokenizeText(model, 'a b c') });
});

it('a question longer than the cache is refused before it is read, however long it is; one that fits is not', async () => {
  const { assistant: own, prompts } = assistant(['fine'], { budgets: [512, 1536] });
  const refused = (params: AskParams) =>
    own
      .ask(params, () => undefined)
      .then(
        () => 'answered',
        (error: unknown) => (error as Error).message,
      );
  const tooLong = /more than 1024 tokens .* the cache holds 1024\. Ask with less attached, or use a larger budget/;
  for (const length of [10_000, 10_000_000]) expect(await refused({ question: 'why '.repeat(length / 4) })).toMatch(tooLong);
  const text = 'const a = 1;\n'.repeat(1000);
  expect(await refused({ question: 'q', attachments: [{ path: 'a.ts', startLine: 1, endLine: 1000, text }] })).toMatch(tooLong);
  expect(await refused({ question: 'q', history: [{ role: 'user', text: text.repeat(20) }] })).toMatch(/conversation .* Begin a new chat/);
  expect(prompts).toEqual([]);
  expect(await refused({ question: 'why '.repeat(50) })).toBe('answered');
});

it('a long question can be stopped while it is counted', async () => {
  const { assistant: own, prompts } = assistant(['fine'], { budgets: [1e9] });
  const stop = new AbortController();
  setImmediate(() => setImmediate(() => stop.abort(new Cancelled())));
  await expect(own.ask({ question: 'why '.repeat(2_000_000) }, () => undefined, stop.signal)).rejects.toThrow('cancelled');
  expect(prompts).toEqual([]);
});

it('an answer stopped while the question is read tells the tokens that were read, not those that were to be', async () => {
  const stop = new AbortController();
  const { assistant: own } = assistant([''], { readAtMost: 7, onRead: () => stop.abort(new Cancelled()) });
  const question = 'Where is the limit?';
  const stopped = await own.ask({ question: question.repeat(10) }, () => undefined, stop.signal);
  expect(stopped).toMatchObject({ stop: 'cancelled', readTokens: 7, generatedTokens: 0 });
});

const tools = [
  { name: 'find', description: 'Finds.', parameters: { query: { type: 'string' as const } } },
  { name: 'read', description: 'Reads.', parameters: { path: { type: 'string' as const } } },
];
async function withTools(): Promise<LoadedModel['chatTemplate']> {
  const library = await loadLibrary();
  const wrapper = new library.QwenChatWrapper();
  const format = toolFormat(library, wrapper);
  const plain = { generateContextState: wrapper.generateContextState.bind(wrapper), ...(format ? { tools: format } : {}) };
  return { ...plain, plain };
}
const schema = { type: 'object', properties: { query: { type: 'string' } } };

it('a call that the model begins is held to the names of the tools, then to what the one takes', async () => {
  const script = ['Let me look.\n<tool_call>', 'find', '{"query": "a"}', 'It is 3.'];
  const { assistant: own, prompts, forms } = assistant(script, { chatTemplate: await withTools() });
  let streamed = '';
  const answer = await own.ask({ question: 'q', tools }, (text) => (streamed += text));
  expect(answer).toMatchObject({ stop: 'toolCall', text: 'Let me look.\n', call: { name: 'find', arguments: '{"query": "a"}' } });
  expect(streamed).toBe('Let me look.\n');
  expect(forms).toEqual([['find', 'read'], schema]);
  expect(prompts.slice(1)).toEqual(['>\n{"name": "', '", "arguments": ']);
  // The prompt is the same up to the call, so no more than that and what came of it is read.
  const step = { text: answer.text, call: { name: 'find', arguments: '{"query": "a"}' }, result: 'limit = 3' };
  expect(await own.ask({ question: 'q', tools, steps: [step] }, () => undefined)).toMatchObject({ stop: 'maxTokens', text: 'It is 3.' });
  expect(prompts[3]).not.toContain('Let me');
  expect(prompts[3]?.endsWith('limit = 3\n</tool_response><|im_end|>\n<|im_start|>assistant\n')).toBe(true);
});

it('a call that is begun without its mark is written over in the form of the template', async () => {
  const script = ['```json\n{"name": "find", "arguments": {"query', '{"query": "b"}'];
  const { assistant: own, prompts, forms, chat } = assistant(script, { chatTemplate: await withTools() });
  const answer = await own.ask({ question: 'q', tools }, () => undefined);
  expect(answer).toMatchObject({ stop: 'toolCall', text: '', call: { name: 'find', arguments: '{"query": "b"}' } });
  expect(forms).toEqual([schema]);
  expect(prompts[1]).toBe('<tool_call>\n{"name": "find", "arguments": ');
  const read = tokenizeText(model, '{"query": "b"}').length + tokenizeText(model, prompts[1] ?? '').length + answer.readTokens;
  expect(chat.position).toBeGreaterThan(read - 4);
  expect(chat.position).toBeLessThan(read + 4);
});

it('a call is none that is not whole, of no tool that was offered, or where no tools were', async () => {
  const chatTemplate = await withTools();
  const asked = async (script: string[], params: Partial<AskParams> = { tools }) =>
    assistant(script, { chatTemplate }).assistant.ask({ question: 'q', ...params }, () => undefined);
  for (const script of [
    ['<tool_call>', 'find', '{"query": "a'],
    ['<tool_call>', 'fin'],
    ['<tool_call>', 'fly', '{}'],
  ])
    expect(await asked(script), script.join(' ')).toMatchObject({ stop: 'maxTokens', text: '' });
  const text = '<tool_call>\n{"name": "find", "arguments": {}}';
  expect(await asked([text], {})).toMatchObject({ stop: 'maxTokens', text });
  expect(await asked([text], {})).not.toHaveProperty('call');
});
