/** What is said: slash commands, history, what fits, what a tool returns, what VS Code is told of the model. */
import { describe, expect, it } from 'vitest';
import { firstThatFit, newestPairs } from '../../../../src/extension/languageModel/fitting';
import { historyOf } from '../../../../src/extension/languageModel/history';
import { informationOf, RememberedModel } from '../../../../src/extension/languageModel/modelInformation';
import { followupsAfter, questionOf } from '../../../../src/extension/languageModel/slashCommands';
import { cannotAnswer, resultParts } from '../../../../src/extension/languageModel/toolResult';
import { untranslated as t } from '../../../../src/extension/util/text';
import type { Answer, Status } from '../../../../src/protocol';
import { good } from '../answer';
import manifest from '../../../../package.json';

const repository: NonNullable<Status['repository']> = {
  ...{ name: 'acme', complete: true, tokensRead: 90, tokensTotal: 90, tokensKept: 40, files: 3, skipped: 0 },
  memory: { paused: false, behind: 0, journalFiles: 0, journalTokens: 0 },
};
const status: Status = {
  state: 'ready',
  model: {
    ...{ name: 'Coder', path: '/m/coder.gguf', bytes: 4_700_000_000, demo: false, architecture: 'qwen2', layers: 28, kvHeads: 4 },
    ...{ trainedWindow: 32768, fim: true, chat: true, policy: 'hybrid', positions: 'auto', engine: 'bonsai', device: 'CPU' },
    fingerprint: '0123456789abcdef0123456789abcdef',
  },
  limits: { inputTokens: 6000, outputTokens: 2000 },
  repository,
  kvBytes: 1,
  kvBytesFull: 2,
};
const answer: Answer = {
  ...good(' It is in a.ts. '),
  recalled: [{ path: 'src/a.ts', startLine: 3, endLine: 9, tokens: 50, why: 'defines walk' }],
};

describe('slash commands', () => {
  it('of the manifest are all known, and put the own words last', () => {
    for (const { name } of manifest.contributes.chatParticipants[0]!.commands) {
      const question = questionOf(name, ' with care ');
      expect(question.length, name).toBeGreaterThan(30);
      expect(question.endsWith('\n\nwith care')).toBe(true);
    }
  });

  it('without one, the question is as it was typed', () => {
    expect(questionOf(undefined, ' why? ')).toBe('why?');
    expect(questionOf('unknown', 'why?')).toBe('why?');
    expect(questionOf(undefined, '  ')).toBe('');
  });

  it('what was just done is not offered again', () => {
    expect(followupsAfter('explain', t).map(({ command }) => command)).toEqual(['tests', undefined]);
    expect(followupsAfter(undefined, t)).toHaveLength(3);
  });
});

describe('the history', () => {
  const said = (...values: unknown[]) => ({ response: values });
  it('is pairs of question and answer, links as their text', () => {
    const past = [
      { prompt: 'this', command: 'explain' },
      said({ value: { value: 'It is in ' } }, { value: {}, title: 'a.ts:3' }, { value: { command: 'x' } }),
      { prompt: 'And?' },
      said({ value: { value: '' } }),
      { prompt: 'Alone' },
    ];
    expect(historyOf(past)).toEqual([
      { role: 'user', text: questionOf('explain', 'this') },
      { role: 'assistant', text: 'It is in a.ts:3' },
    ]);
  });
});

describe('what does not fit', () => {
  it('is left out whole, and smaller ones behind it stay', () => {
    expect(firstThatFit(['a', 'b', 'c'], [5, 10, 4], 9)).toEqual({ kept: ['a', 'c'], left: ['b'] });
    expect(firstThatFit(['a'], [5], 4)).toEqual({ kept: [], left: ['a'] });
  });

  it('of a conversation is its beginning, never half a pair', () => {
    const turns = ['q1', 'a1', 'q2', 'a2', 'q3', 'a3'];
    expect(newestPairs(turns, [1, 1, 1, 1, 1, 1], 5)).toEqual({ kept: ['q2', 'a2', 'q3', 'a3'], left: ['q1', 'a1'] });
    expect(newestPairs(turns, [1, 1, 9, 9, 1, 1], 5)).toEqual({ kept: ['q3', 'a3'], left: ['q1', 'a1', 'q2', 'a2'] });
    expect(newestPairs(turns, [1, 1, 1, 1, 1, 1], 100).left).toEqual([]);
    expect(newestPairs(turns, [1, 1, 1, 1, 1, 1], 0).kept).toEqual([]);
  });
});

describe('what a tool returns', () => {
  it('is the answer, then where it comes from, then how far to trust it', () => {
    const parts = resultParts(answer, { repository });
    expect(parts[0]).toBe('It is in a.ts.');
    expect(parts[1]).toContain('src/a.ts:3-9 (defines walk)');
    expect(parts[2]).toContain('check what matters');
  });

  it('says what is missing of it', () => {
    const partly = { ...repository, complete: false, tokensRead: 45 };
    const parts = resultParts({ ...answer, text: ' ', stop: 'maxTokens', recalled: [], behind: ['b.ts'] }, { repository: partly });
    expect(parts).toHaveLength(2);
    expect(parts[0]).toContain('no answer');
    expect(parts[1]).toMatch(/cut at its token limit[^]*50 %[^]*b\.ts/);
  });

  it('is a clear word when there is no memory to ask', () => {
    expect(cannotAnswer(false, { repository })).toContain('not trusted');
    expect(cannotAnswer(true, {})).toContain('Bonsai: Read Repository');
    expect(cannotAnswer(true, { repository: { ...repository, tokensRead: 0 } })).toContain('has not read');
    expect(cannotAnswer(true, { repository })).toBeUndefined();
  });
});

describe('what VS Code is told of the model', () => {
  const settings = {
    modelPath: '',
    budget: 0,
    policy: 'hybrid',
    positions: 'auto',
    layerBudgets: 'auto',
    engine: 'bonsai',
    chunk: 0,
    threads: 0,
    gpu: 'auto',
    storage: {},
  } as const;

  it("is the engine's numbers, and no abilities it has not", () => {
    expect(informationOf(status, t)).toMatchObject({
      ...{ id: 'qwen2-0123456789ab', name: 'Coder', family: 'qwen2', version: '0123456789ab' },
      ...{ maxInputTokens: 6000, maxOutputTokens: 2000, capabilities: { toolCalling: false, imageInput: false } },
    });
    expect(informationOf({ state: 'noModel', kvBytes: 0, kvBytesFull: 0 }, t)).toBeUndefined();
  });

  it('is remembered for the same settings only, and nonsense in the store is none', () => {
    const stored = new Map<string, unknown>();
    const writes: string[] = [];
    const store = {
      get: (key: string) => stored.get(key),
      update: (key: string, value: unknown) => (writes.push(key), stored.set(key, value), Promise.resolve()),
    };
    const remembered = new RememberedModel(store);
    expect(remembered.recall(settings)).toBeUndefined();
    const known = informationOf(status, t)!;
    remembered.remember(settings, known);
    remembered.remember(settings, known);
    expect(writes).toHaveLength(1);
    expect(remembered.recall(settings)).toEqual(known);
    expect(remembered.recall({ ...settings, budget: 4096 })).toBeUndefined();
    stored.set(writes[0]!, { settings: 7 });
    expect(remembered.recall(settings)).toBeUndefined();
  });
});
