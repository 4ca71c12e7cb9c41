import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CancellationTokenSource, Emitter } from 'vscode-jsonrpc/node';
import { SidecarError } from '../../../../src/extension/engine/sidecarError';
import { askInTurn } from '../../../../src/extension/languageModel/askInTurn';
import type { Answer, AskParams, Status } from '../../../../src/protocol';

const never = new CancellationTokenSource().token;
const answer = (text: string): Answer => ({
  text,
  reusedTokens: 0,
  readTokens: 0,
  generatedTokens: 1,
  seconds: 0,
  stop: 'end',
  recalled: [],
  behind: [],
});

function engine() {
  const statuses = new Emitter<Status>();
  const asked: string[] = [];
  const finish: (() => void)[] = [];
  let busy = 0;
  return {
    asked,
    finish,
    /** Somebody else's answers that are being written. */
    refuse: (times: number) => {
      busy = times;
    },
    free: () => {
      statuses.fire({ state: 'ready', kvBytes: 0, kvBytesFull: 0 });
    },
    onStatus: statuses.event,
    ask: ({ question }: AskParams, onDelta: (delta: { text: string }) => void): Promise<Answer> => {
      asked.push(question);
      if (busy-- > 0) return Promise.reject<Answer>(new SidecarError('busy', 'An answer is being written.'));
      onDelta({ text: question });
      return new Promise((resolve) => finish.push(() => resolve(answer(question))));
    },
  };
}
const settle = async () => {
  for (let i = 0; i < 5; i++) await setImmediate();
};

test('one answer at a time, in order', async () => {
  const fake = engine();
  const ask = askInTurn(fake);
  const texts: string[] = [];
  const all = ['a', 'b', 'c'].map((question) => ask({ question }, (text) => texts.push(text), never));
  await settle();
  expect(fake.asked).toEqual(['a']);
  for (let i = 0; i < 3; i++) {
    fake.finish[i]?.();
    await settle();
  }
  expect((await Promise.all(all)).map(({ text }) => text)).toEqual(['a', 'b', 'c']);
  expect(texts).toEqual(['a', 'b', 'c']);
});

test('an answer in the chat view is waited for', async () => {
  const fake = engine();
  fake.refuse(1);
  const asked = askInTurn(fake)({ question: 'a' }, () => undefined, never);
  await settle();
  expect(fake.asked).toHaveLength(1);
  fake.free();
  await settle();
  expect(fake.asked).toHaveLength(2);
  fake.finish[0]?.();
  expect((await asked).text).toBe('a');
});

test('who is cancelled while waiting is told at once, and never asked', async () => {
  const fake = engine();
  const ask = askInTurn(fake);
  const first = ask({ question: 'a' }, () => undefined, never);
  const source = new CancellationTokenSource();
  const second = ask({ question: 'b' }, () => undefined, source.token).catch((error: unknown) => error);
  source.cancel();
  expect(await second).toMatchObject({ code: 'stopped' });
  fake.finish[0]?.();
  await first;
  await settle();
  expect(fake.asked).toEqual(['a']);
});

test('another failure is passed on, and the next is asked', async () => {
  const fake = engine();
  const ask = askInTurn({
    ...fake,
    ask: (params, onDelta) =>
      params.question === 'bad' ? Promise.reject(new SidecarError('context-full', 'Too long.')) : fake.ask(params, onDelta),
  });
  await expect(ask({ question: 'bad' }, () => undefined, never)).rejects.toMatchObject({ code: 'context-full' });
  const good = ask({ question: 'good' }, () => undefined, never);
  await settle();
  fake.finish[0]?.();
  expect((await good).text).toBe('good');
});
