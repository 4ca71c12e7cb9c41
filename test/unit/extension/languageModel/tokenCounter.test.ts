import { expect, test, vi } from 'vitest';
import { CancellationTokenSource, type CancellationToken } from 'vscode-jsonrpc/node';
import { TokenCounter } from '../../../../src/extension/languageModel/tokenCounter';
import type { CountedText } from '../../../../src/protocol';

const never = new CancellationTokenSource().token;
const counting = () =>
  vi.fn((texts: CountedText[], token: CancellationToken) => Promise.resolve({ tokens: texts.map(({ text }) => text.length), token }));

test('what is asked for at the same time is one request', async () => {
  const send = counting();
  const counter = new TokenCounter(send);
  const counts = await Promise.all(['a', 'bb', 'ccc'].map((text) => counter.count({ text }, never)));
  expect(counts).toEqual([1, 2, 3]);
  expect(send).toHaveBeenCalledTimes(1);
});

test('what was counted once is remembered, by text and role, until the model changes', async () => {
  const send = counting();
  const counter = new TokenCounter(send);
  await counter.count({ text: 'aa' }, never);
  await counter.count({ text: 'aa' }, never);
  expect(send).toHaveBeenCalledTimes(1);
  await counter.count({ text: 'aa', role: 'user' }, never);
  expect(send).toHaveBeenCalledTimes(2);
  counter.forget();
  await counter.count({ text: 'aa' }, never);
  expect(send).toHaveBeenCalledTimes(3);
});

test('a caller who gives up is told at once; the request stops when all have', async () => {
  const sources = [new CancellationTokenSource(), new CancellationTokenSource()];
  let request: CancellationToken | undefined;
  const counter = new TokenCounter((_, token) => {
    request = token;
    return new Promise((_resolve, reject) => token.onCancellationRequested(() => reject(new Error('stopped there'))));
  });
  const counts = sources.map((source, i) => counter.count({ text: `t${i}` }, source.token));
  const outcomes = counts.map((count) => count.catch((error: unknown) => error));
  await vi.waitFor(() => expect(request).toBeDefined());
  sources[0]!.cancel();
  expect(await outcomes[0]).toMatchObject({ code: 'stopped' });
  expect(request?.isCancellationRequested).toBe(false);
  sources[1]!.cancel();
  expect(request?.isCancellationRequested).toBe(true);
  expect(await outcomes[1]).toMatchObject({ code: 'stopped' });
});

test('what was cancelled before it was sent is not sent', async () => {
  const send = counting();
  const counter = new TokenCounter(send);
  const source = new CancellationTokenSource();
  const given = counter.count({ text: 'a' }, source.token).catch((error: unknown) => error);
  source.cancel();
  const kept = counter.count({ text: 'bb' }, never);
  expect(await kept).toBe(2);
  expect(await given).toMatchObject({ code: 'stopped' });
  expect(send.mock.calls.map(([texts]) => texts)).toEqual([[{ text: 'bb' }]]);
});

test('a failure reaches everybody who waited, and the next count is asked for again', async () => {
  let fail = true;
  const counter = new TokenCounter((texts) =>
    fail ? Promise.reject(new Error('no model')) : Promise.resolve({ tokens: texts.map(() => 5) }),
  );
  const both = ['a', 'b'].map((text) => counter.count({ text }, never).catch((error: unknown) => String(error)));
  expect(await Promise.all(both)).toEqual(['Error: no model', 'Error: no model']);
  fail = false;
  expect(await counter.count({ text: 'a' }, never)).toBe(5);
});
