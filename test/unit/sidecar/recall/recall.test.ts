/** Exact source in front of a question: as much as there is room for, and never a reason not to answer. */
import type { ChatWrapper, LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoModelPath } from '../../../../src/sidecar/bundleRoot';
import { loadLibrary, loadLlama, setLogListener } from '../../../../src/sidecar/engine/llama';
import { chatPrompt } from '../../../../src/sidecar/prompt/chatPrompt';
import { promptWithRecall, recallBudget } from '../../../../src/sidecar/recall/recall';
import { createRecallIndex } from '../../../../src/sidecar/recall/recallIndex';
import type { RecallIndex } from '../../../../src/sidecar/recall/types';

let model: LlamaModel;
let wrapper: ChatWrapper;
let index: RecallIndex;
beforeAll(async () => {
  model = await (await loadLlama('off')).loadModel({ modelPath: demoModelPath });
  wrapper = (await loadLibrary()).resolveChatWrapper(model);
  index = await createRecallIndex();
  index.put('src/limits.ts', 'export const LIMIT_QXZ = 48213;\n', undefined);
  index.put(
    'src/long.ts',
    Array.from({ length: 40 }, (_, i) => `function longName${i}(argument) { return argument + ${i}; }`).join('\n'),
    undefined,
  );
});
afterAll(async () => {
  index.close();
  await model.dispose();
});

const ask = (question: string, room = 100_000, source: { index: RecallIndex | undefined } = { index }) => {
  const loaded = {
    model,
    chatTemplate: wrapper,
    info: { trainedWindow: 2048 },
    sequences: { memory: { id: 0, room } },
    cache: { stats: () => ({ budgets: [] }) },
  } as never;
  return promptWithRecall(loaded, source, { question });
};
const shown = (tokens: Uint32Array) => model.detokenize([...tokens] as never, true);
const question = 'What is the value of LIMIT_QXZ?';
const plain = (text: string) => chatPrompt(model, wrapper, { question: text }).tokens;

describe('a question', () => {
  it('has the lines it is about in front of it, and says which', () => {
    const { prompt, recalled } = ask(question);
    expect(shown(prompt.tokens)).toBe(
      '<|im_start|>user\nsrc/limits.ts, line 1:\n```\nexport const LIMIT_QXZ = 48213;\n```\n\nWhat is the value of LIMIT_QXZ?<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(recalled).toMatchObject([{ path: 'src/limits.ts', startLine: 1, endLine: 1, why: 'defines LIMIT_QXZ' }]);
    expect(recalled[0]!.tokens).toBe(model.tokenize('src/limits.ts, line 1:\n```\nexport const LIMIT_QXZ = 48213;\n```').length);
  });

  it('is asked as it is where there is nothing to add, no index, or one that fails', () => {
    const said: string[] = [];
    setLogListener(({ text }) => said.push(text));
    const broken = {
      search: () => {
        throw new Error('the index is broken');
      },
    } as never as RecallIndex;
    const sources = {
      nothing: ask('Hello there!'),
      none: ask(question, 1e5, { index: undefined }),
      broken: ask(question, 1e5, { index: broken }),
    };
    setLogListener(() => undefined);
    expect(sources.nothing).toMatchObject({ recalled: [], prompt: { tokens: plain('Hello there!') } });
    expect(sources.none).toMatchObject({ recalled: [], prompt: { tokens: plain(question) } });
    expect(sources.broken).toMatchObject({ recalled: [], prompt: { tokens: plain(question) } });
    expect(said.join()).toContain('the index is broken');
  });

  it('gets no more than half of the room that is left, the answer needs the other half', () => {
    const long = Array.from({ length: 40 }, (_, i) => `longName${i}`).join(' ');
    const own = plain(long).length;
    let largest = 0;
    for (const room of [-100, 0, own, own + 20, own + 100, own + 300, own + 10_000]) {
      const { prompt, recalled } = ask(long, room);
      const added = prompt.tokens.length - own;
      expect(added).toBeLessThanOrEqual(Math.max(0, Math.min(409, (room - own) / 2)));
      expect(added > 0).toBe(recalled.length > 0);
      largest = Math.max(largest, added);
    }
    expect(largest).toBeGreaterThan(350);
  });
});

it('the budget is a fifth of the trained window, at most 2,048 tokens', () => {
  expect([2048, 8192, 32_768, 1 << 20].map((window) => recallBudget(window, 1e9, []))).toEqual([409, 1638, 2048, 2048]);
  expect([100, 1, -1].map((room) => recallBudget(2048, room, []))).toEqual([50, 0, 0]);
  // A small cache must hold the question, too.
  expect(recallBudget(8192, 1e9, [200, 312])).toBe(128);
});
