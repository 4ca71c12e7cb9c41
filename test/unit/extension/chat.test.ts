import { CancellationToken } from 'vscode-jsonrpc/node';
import { expect, test } from 'vitest';
import type { Answer, AskParams, ChatMessage, ToChat } from '../../../src/protocol';
import { ChatController } from '../../../src/extension/chat/chatController';
import type { Prepare } from '../../../src/extension/mentions/prepareQuestion';
import * as talk from '../../../src/extension/chat/conversation';
import { SidecarError } from '../../../src/extension/engine/sidecarError';

const message = (id: string, role: ChatMessage['role'], text: string, state: ChatMessage['state'] = 'done'): ChatMessage => ({
  id,
  role,
  text,
  state,
});
const numbers = { reusedTokens: 1, readTokens: 2, generatedTokens: 3, seconds: 4 };
const rest = { recalled: [], behind: [] };

test('what was streaming when the window closed comes back as stopped', () => {
  const back = talk.restored([message('1', 'user', 'q'), message('2', 'assistant', 'half an ans', 'streaming')]);
  expect(back.map(({ state, text }) => [state, text])).toEqual([
    ['done', 'q'],
    ['stopped', 'half an ans'],
  ]);
});

test('stored nonsense is dropped, the rest survives', () => {
  expect(talk.restored('nonsense')).toEqual([]);
  expect(talk.restored([{ id: 3 }, null, { ...message('1', 'user', 'q'), about: 'a.ts:1' }])).toEqual([
    { ...message('1', 'user', 'q'), about: 'a.ts:1' },
  ]);
});

test('a delta after the end changes nothing', () => {
  const stopped = [message('2', 'assistant', 'abc', 'stopped')];
  expect(talk.withDelta(stopped, '2', 'def')).toEqual(stopped);
});

test('the model is not told questions without an answer', () => {
  const conversation = [
    message('1', 'user', 'q1'),
    message('2', 'assistant', 'a1'),
    message('3', 'user', 'q2'),
    message('4', 'assistant', '', 'failed'),
    message('5', 'user', 'q3'),
    message('6', 'assistant', 'half', 'stopped'),
  ];
  expect(talk.history(conversation).map(({ text }) => text)).toEqual(['q1', 'a1', 'q3', 'half']);
});

type Ask = (params: AskParams, onDelta: (delta: { text: string }) => void, token: CancellationToken) => Promise<Answer>;

function chat(ask: Ask, stored?: unknown, prepare?: Prepare) {
  const disk = new Map<string, unknown>([['bonsai.chat.messages', stored]]);
  const store = {
    get: (key: string) => disk.get(key),
    update: (key: string, value: unknown) => Promise.resolve(void disk.set(key, value)),
  };
  const controller = new ChatController({ ask }, store, prepare);
  const posted: ToChat[] = [];
  controller.onChange((change) => posted.push(change));
  return { controller, posted, disk };
}

test('a question streams, ends with the numbers and is stored', async () => {
  const { controller, posted, disk } = chat((_params, onDelta) => {
    onDelta({ text: 'he' });
    onDelta({ text: 'llo' });
    return Promise.resolve({ text: 'hello', ...numbers, ...rest, stop: 'end' });
  });
  await controller.ask('  hi ');
  expect(posted.map(({ type }) => type)).toEqual(['message', 'message', 'delta', 'delta', 'message']);
  expect(controller.messages).toMatchObject([
    { role: 'user', text: 'hi' },
    { role: 'assistant', text: 'hello', state: 'done', numbers },
  ]);
  expect(talk.restored(disk.get('bonsai.chat.messages'))).toEqual(controller.messages);
});

test('what an answer rests on stays with it, over a reload; nothing is kept of nothing', async () => {
  const span = { path: 'src/a.ts', startLine: 3, endLine: 9, tokens: 40, why: 'defines a' };
  const given = { recalled: [span], behind: ['src/b.ts'] };
  const { controller, disk } = chat(() => Promise.resolve({ text: 'x', ...numbers, ...given, stop: 'end' }));
  await controller.ask('q');
  expect(controller.messages.at(-1)).toMatchObject(given);
  expect(talk.restored(disk.get('bonsai.chat.messages'))).toEqual(controller.messages);
  const bare = chat(() => Promise.resolve({ text: 'x', ...numbers, ...rest, stop: 'cancelled' }));
  await bare.controller.ask('q');
  expect(bare.controller.messages.at(-1)).toMatchObject({ state: 'stopped' });
  expect(bare.controller.messages.at(-1)).not.toHaveProperty('recalled');
  expect(bare.controller.messages.at(-1)).not.toHaveProperty('behind');
});

test('what goes with a question is shown with it before the answer begins, told to the model, and kept', async () => {
  const attachments = [{ path: 'src/a.ts', startLine: 1, endLine: 1, text: 'x' }];
  const seen: AskParams[] = [];
  const prepare: Prepare = ({ text, history, aboutSelection }) =>
    Promise.resolve({
      ...{ question: `${text}, in other words`, history, attachments: aboutSelection ? [] : attachments },
      ...{ attached: [{ text: 'src/a.ts', href: 'src/a.ts' }], notes: ['b.ts was left out.'] },
    });
  const { controller, posted, disk } = chat(
    (params, onDelta) => {
      seen.push(params);
      expect(posted.at(-1)).toMatchObject({ type: 'message', message: { role: 'user', notes: ['b.ts was left out.'] } });
      onDelta({ text: 'x' });
      return Promise.resolve({ text: 'x', ...numbers, ...rest, stop: 'end' });
    },
    undefined,
    prepare,
  );
  await controller.ask('/explain');
  expect(seen[0]).toEqual({ question: '/explain, in other words', attachments });
  const [question] = controller.messages;
  expect(question).toMatchObject({ text: '/explain', told: '/explain, in other words', attached: [{ href: 'src/a.ts' }] });
  expect(talk.restored(disk.get('bonsai.chat.messages'))).toEqual(controller.messages);
  await controller.ask('And?', { path: 'src/a.ts', startLine: 1, endLine: 1, text: 'x' });
  expect(seen[1]?.history?.map(({ text }) => text)).toEqual(['/explain, in other words', 'x']);
  expect(seen[1]).not.toHaveProperty('attachments');
});

test('a question that cannot be prepared fails with the reason and can be asked again', async () => {
  const { controller } = chat(
    () => Promise.reject(new Error('not asked')),
    undefined,
    () => Promise.reject(new SidecarError('model-missing', 'There is no model. Choose one.')),
  );
  await controller.ask('q');
  expect(controller.messages.at(-1)).toMatchObject({ state: 'failed', error: 'There is no model. Choose one.' });
  expect(controller.busy).toBe(false);
});

test('stopping cancels the request and keeps what came', async () => {
  const { controller } = chat(
    (_params, onDelta, token) =>
      new Promise((_resolve, reject) => {
        onDelta({ text: 'half' });
        token.onCancellationRequested(() => reject(new SidecarError('stopped', 'Stopped.')));
      }),
  );
  const asked = controller.ask('q');
  controller.stop();
  await asked;
  expect(controller.messages.at(-1)).toMatchObject({ text: 'half', state: 'stopped' });
  expect(controller.busy).toBe(false);
});

test('a failed question is kept, and asking it again replaces it with its selection', async () => {
  let fail = true;
  const seen: AskParams[] = [];
  const { controller } = chat((params) => {
    seen.push(params);
    return fail
      ? Promise.reject(new SidecarError('engine-failed', 'It broke. Do this.'))
      : Promise.resolve({ text: 'ok', ...numbers, ...rest, stop: 'end' });
  });
  const selection = { path: 'src/a.ts', startLine: 3, endLine: 9, text: 'x' };
  await controller.ask('why?', selection);
  expect(controller.messages).toMatchObject([
    { text: 'why?', about: 'src/a.ts:3-9' },
    { state: 'failed', error: 'It broke. Do this.' },
  ]);
  fail = false;
  await controller.ask('why?');
  expect(controller.messages).toMatchObject([
    { text: 'why?', about: 'src/a.ts:3-9' },
    { text: 'ok', state: 'done' },
  ]);
  expect(seen.map((params) => params.selection)).toEqual([selection, selection]);
});

test('one answer at a time', async () => {
  let calls = 0;
  let finish: (answer: Answer) => void = () => undefined;
  const { controller } = chat(() => {
    calls++;
    return new Promise((resolve) => (finish = resolve));
  });
  const first = controller.ask('one');
  await controller.ask('two');
  finish({ text: 'x', ...numbers, ...rest, stop: 'end' });
  await first;
  expect(calls).toBe(1);
});
