/** Queued questions, answers that go on, and answers that are kept. */
import { expect, test } from 'vitest';
import * as talk from '../../../../src/extension/chat/conversation';
import { SidecarError } from '../../../../src/extension/engine/sidecarError';
import type { Answer, AskParams } from '../../../../src/protocol';
import { chat, echo, good, numbers, texts, untilBusy, type Ask } from './chatWindow';

/** Answers when it is told to. */
function onDemand() {
  const asked: AskParams[] = [];
  const finish: ((answer?: Answer) => void)[] = [];
  const ask: Ask = (params, _onDelta, token) =>
    new Promise((resolve, reject) => {
      asked.push(params);
      finish.push((answer = good(`re ${params.question}`)) => resolve(answer));
      token.onCancellationRequested(() => setImmediate(() => reject(new SidecarError('stopped', 'Stopped.'))));
    });
  const next = async () => {
    while (finish.length === 0) await new Promise(setImmediate);
    finish.shift()!();
  };
  return { ask, asked, finish, next };
}
const questions = (queue: readonly { text: string }[]) => queue.map(({ text }) => text);

test('one answer at a time: what is asked meanwhile waits, is seen, and is told what was answered before it', async () => {
  const { ask, asked, next } = onDemand();
  const { controller, posted } = chat(ask);
  const selection = { path: 'src/a.ts', startLine: 3, endLine: 9, text: 'x' };
  const all = [controller.ask('one'), controller.ask('two', selection), controller.ask('three'), controller.regenerate()];
  while (asked.length === 0) await new Promise(setImmediate);
  expect(controller.queue).toMatchObject([
    { text: 'two', about: 'src/a.ts:3-9' },
    { text: 'three', about: '' },
  ]);
  expect(posted.findLast(({ type }) => type === 'queue')).toEqual({ type: 'queue', questions: controller.queue });
  for (let i = 0; i < 3; i++) await next();
  expect((await Promise.all(all)).map((answer) => answer?.text)).toEqual(['re one', 're two', 're three', undefined]);
  expect(asked.map(({ history = [] }) => history.length)).toEqual([0, 2, 4]);
  expect(asked[1]).toMatchObject({ selection });
  expect(controller.queue).toEqual([]);
  expect(texts(controller.messages)).toEqual(['one', 're one', 'two', 're two', 'three', 're three']);
});

test('a question is taken out of the queue; a stopped answer lets the next one come', async () => {
  const { ask, asked, next } = onDemand();
  const { controller } = chat(ask);
  const all = ['one', 'two', 'three'].map((question) => controller.ask(question));
  await untilBusy(controller);
  controller.unqueue(controller.queue[0]!.id);
  controller.unqueue('no such question');
  expect(questions(controller.queue)).toEqual(['three']);
  while (asked.length === 0) await new Promise(setImmediate);
  controller.stop();
  while (asked.length < 2) await new Promise(setImmediate);
  await next();
  await next();
  expect((await Promise.all(all)).map((answer) => answer?.text)).toEqual([undefined, undefined, 're three']);
  expect(texts(controller.messages)).toEqual(['one', '', 'three', 're three']);
});

test('after a failure the queue rests, outlives the window, and goes on when it is told to or something else is asked', async () => {
  let broken = true;
  const { controller, reload } = chat((params, ...rest) =>
    broken
      ? new Promise((_resolve, reject) => setImmediate(() => reject(new SidecarError('engine-failed', 'It broke.'))))
      : echo(params, ...rest),
  );
  void controller.ask('one');
  await untilBusy(controller);
  for (const question of ['two', 'three']) void controller.ask(question);
  while (controller.busy) await new Promise(setImmediate);
  expect(questions(controller.queue)).toEqual(['two', 'three']);
  broken = false;
  const next = await reload();
  expect(questions(next.controller.queue)).toEqual(['two', 'three']);
  await next.controller.ask('four');
  expect(next.controller.messages.filter(({ role }) => role === 'user').map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four']);
  expect(next.controller.queue).toEqual([]);
});

test('the queue of a chat that is left stays with it', async () => {
  const { ask, asked, next } = onDemand();
  const { controller, sessions } = chat(ask);
  void controller.ask('one');
  await untilBusy(controller);
  void controller.ask('two');
  const first = sessions.current.id;
  while (controller.queue.length === 0) await new Promise(setImmediate);
  await controller.newChat();
  expect(controller.queue).toEqual([]);
  void controller.ask('elsewhere');
  while (asked.length < 2) await new Promise(setImmediate);
  await next();
  await next();
  await controller.open(first);
  expect(questions(controller.queue)).toEqual(['two']);
  controller.askQueued();
  while (asked.length < 3) await new Promise(setImmediate);
  expect(asked.map(({ question }) => question)).toEqual(['one', 'elsewhere', 'two']);
});

test('an answer that repeated itself is said to, and gone on with where it ended, by another way', async () => {
  const seen: AskParams[] = [];
  const { controller, reload } = chat((params, onDelta) => {
    seen.push(params);
    onDelta({ text: params.begun === undefined ? 'a b b b b' : ' c' });
    return Promise.resolve(params.begun === undefined ? { ...good('a b'), stop: 'repeating' } : good(' c'));
  });
  await controller.ask('q');
  expect(controller.messages.at(-1)).toMatchObject({ text: 'a b', state: 'done', cut: 'repeating' });
  const next = await reload();
  expect(next.controller.messages.at(-1)).toMatchObject({ cut: 'repeating' });
  await next.controller.goOn();
  expect(seen.at(-1)).toMatchObject({ question: 'q', begun: 'a b', looped: true });
  expect(seen.at(-1)).not.toHaveProperty('history');
  expect(texts(next.controller.messages)).toEqual(['q', 'a b c']);
  expect(next.controller.messages.at(-1)).not.toHaveProperty('cut');
  expect(await next.controller.goOn()).toBeUndefined();
});

test('an answer of the maximum length is continued as it was written', async () => {
  const seen: AskParams[] = [];
  const { controller } = chat((params) => {
    seen.push(params);
    return Promise.resolve({ ...good(params.begun === undefined ? 'half' : ' whole'), stop: seen.length < 3 ? 'maxTokens' : 'end' });
  });
  await controller.ask('q');
  await controller.goOn();
  await controller.goOn();
  expect(seen.map(({ begun }) => begun)).toEqual([undefined, 'half', 'half whole']);
  expect(seen.every(({ looped }) => looped === undefined)).toBe(true);
  expect(texts(controller.messages)).toEqual(['q', 'half whole whole']);
});

test('the answer that a new one takes the place of is kept, and can be turned back to', async () => {
  let count = 0;
  const { controller, posted, reload } = chat(() => Promise.resolve(good(`answer ${++count}`)));
  await controller.ask('q');
  await controller.regenerate();
  await controller.regenerate();
  const answer = () => controller.messages.at(-1)!;
  expect(talk.shown(answer())).toMatchObject({ text: 'answer 3', version: { at: 2, count: 3 } });
  expect(JSON.stringify(posted)).not.toContain('others');
  controller.turn(answer().id, 1);
  expect(answer().text).toBe('answer 3');
  controller.turn(answer().id, -1);
  controller.turn(answer().id, -1);
  controller.turn(answer().id, -1);
  expect(talk.shown(answer())).toMatchObject({ text: 'answer 1', numbers, version: { at: 0, count: 3 } });
  expect(talk.history(controller.messages)).toMatchObject([{ text: 'q' }, { text: 'answer 1' }]);
  const next = await reload();
  next.controller.turn(answer().id, 1);
  expect(next.controller.messages.at(-1)).toMatchObject({ text: 'answer 2' });
  expect(next.controller.messages).toHaveLength(2);
});

test('a question that stands for other words is shown as what the person did', async () => {
  const seen: AskParams[] = [];
  const { controller, posted, reload } = chat((params) => {
    seen.push(params);
    return echo(params, () => undefined, undefined as never);
  });
  await controller.ask({ text: 'Explain the terminal', prompt: 'Long instructions' }, { path: 'T', startLine: 1, endLine: 1, text: 'x' });
  expect(texts(controller.messages)).toEqual(['Explain the terminal', 're Long instructions']);
  expect(JSON.stringify(posted.filter((change) => change.type === 'message' && change.message.role === 'user'))).not.toContain('Long');
  const next = await reload();
  await next.controller.regenerate();
  expect(seen.map(({ question }) => question)).toEqual(['Long instructions', 'Long instructions']);
  await next.controller.edit(next.controller.messages[0]!.id, 'mine');
  expect(seen.at(-1)).toMatchObject({ question: 'mine' });
});

test('an answer that waits for others says for how many', async () => {
  const { controller, posted } = chat((_params, onDelta) => {
    for (const ahead of [2, 1, 0]) onDelta({ text: '', ahead });
    return Promise.resolve(good('x'));
  });
  await controller.ask('q');
  const aheads = posted.flatMap((change) =>
    change.type === 'message' && change.message.role === 'assistant' ? [change.message.ahead] : [],
  );
  expect(aheads).toEqual([undefined, 2, 1, undefined, undefined]);
  expect(controller.messages.at(-1)).not.toHaveProperty('ahead');
});
