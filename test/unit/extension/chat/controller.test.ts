import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { AskParams, ChatMessage } from '../../../../src/protocol';
import type { Prepare } from '../../../../src/extension/mentions/prepareQuestion';
import { SidecarError } from '../../../../src/extension/engine/sidecarError';
import { chat, echo, endless, good, numbers, texts, untilBusy, type Ask } from './chatWindow';

const message = (id: string, role: ChatMessage['role'], text: string, state: ChatMessage['state'] = 'done'): ChatMessage => ({
  id,
  role,
  text,
  state,
});

test('a question streams, ends with the numbers and is there after a reload', async () => {
  const { controller, posted, reload } = chat((_params, onDelta) => {
    onDelta({ text: 'he' });
    onDelta({ text: 'llo' });
    return Promise.resolve(good('hello'));
  });
  await controller.ask('  hi ');
  expect(posted.map(({ type }) => type)).toEqual(['message', 'message', 'delta', 'delta', 'message']);
  expect(controller.messages).toMatchObject([
    { role: 'user', text: 'hi' },
    { role: 'assistant', text: 'hello', state: 'done', numbers },
  ]);
  const { controller: next } = await reload();
  expect(next.messages).toEqual(controller.messages);
});

test('what an answer rests on stays with it, over a reload; nothing is kept of nothing', async () => {
  const span = { path: 'src/a.ts', startLine: 3, endLine: 9, tokens: 40, why: 'defines a' };
  const context = [{ source: 'repository' as const, tokens: 3, readTokens: 9 }];
  const given = { recalled: [span], behind: ['src/b.ts'], context };
  const full = chat(() => Promise.resolve({ ...good('x'), ...given }));
  await full.controller.ask('q');
  expect(full.controller.messages.at(-1)).toMatchObject(given);
  expect((await full.reload()).controller.messages).toEqual(full.controller.messages);
  const bare = chat(() => Promise.resolve({ ...good('x'), stop: 'cancelled' }));
  await bare.controller.ask('q');
  expect(bare.controller.messages.at(-1)).toMatchObject({ state: 'stopped' });
  for (const nothing of ['recalled', 'behind', 'context']) expect(bare.controller.messages.at(-1)).not.toHaveProperty(nothing);
});

test('stopping cancels the request and keeps what came', async () => {
  const { controller, sessions } = chat(endless);
  await sessions.ready();
  const asked = controller.ask('q');
  await untilBusy(controller);
  controller.stop();
  await asked;
  expect(controller.messages.at(-1)).toMatchObject({ text: 'half', state: 'stopped' });
  expect(controller.busy).toBe(false);
});

test('a window that closes in the middle of an answer comes back with what there was of it', async () => {
  const { controller, reload } = chat(endless);
  void controller.ask('q');
  await untilBusy(controller);
  const next = await reload(echo);
  expect(next.controller.messages).toMatchObject([{ text: 'q' }, { text: 'half', state: 'stopped' }]);
  await next.controller.regenerate();
  expect(next.controller.messages).toMatchObject([{ text: 'q' }, { text: 're q', state: 'done' }]);
});

test('a failed question is kept, and asked again with its selection, also after a reload', async () => {
  const seen: AskParams[] = [];
  const broken: Ask = (_params, onDelta) => {
    onDelta({ text: 'half' });
    return Promise.reject(new SidecarError('engine-failed', 'It broke. Do this.'));
  };
  const { controller, posted, reload } = chat(broken);
  const selection = { path: 'src/a.ts', startLine: 3, endLine: 9, text: 'x' };
  await controller.ask('why?', selection);
  expect(controller.messages).toMatchObject([
    { text: 'why?', about: 'src/a.ts:3-9' },
    { state: 'failed', text: 'half', error: 'It broke. Do this.' },
  ]);
  expect(JSON.stringify(posted)).not.toContain('"selection"');
  const next = await reload((params) => {
    seen.push(params);
    return Promise.resolve(good('ok'));
  });
  await next.controller.regenerate();
  expect(next.controller.messages).toMatchObject([
    { text: 'why?', about: 'src/a.ts:3-9' },
    { text: 'ok', state: 'done' },
  ]);
  expect(next.controller.messages).toHaveLength(2);
  expect(seen).toMatchObject([{ question: 'why?', selection }]);
  expect(seen[0]).not.toHaveProperty('history');
});

test('to ask again is to want another answer: the seed is another', async () => {
  const seeds: (number | undefined)[] = [];
  const { controller } = chat((params) => {
    seeds.push(params.seed);
    return Promise.resolve(good('x'));
  });
  await controller.ask('q');
  await controller.regenerate();
  await controller.regenerate();
  expect(seeds[0]).toBeUndefined();
  expect(new Set([1, ...seeds.slice(1)]).size).toBe(3);
});

test('an earlier question is asked in other words; what followed is replaced and not told', async () => {
  const seen: AskParams[] = [];
  const { controller, resets } = chat((params) => {
    seen.push(params);
    return echo(params, () => undefined, undefined as never);
  });
  for (const question of ['one', 'two', 'three']) await controller.ask(question);
  const before = resets();
  const second = controller.messages[2];
  await controller.edit(second!.id, ' zwei ');
  expect(texts(controller.messages)).toEqual(['one', 're one', 'zwei', 're zwei']);
  expect(seen.at(-1)).toMatchObject({ question: 'zwei', history: [{ text: 'one' }, { text: 're one' }] });
  expect(resets()).toBe(before + 1);
  for (const [id, text] of [
    ['nonsense', 'x'],
    [controller.messages[1]!.id, 'an answer cannot be edited'],
    [controller.messages[0]!.id, '  '],
  ] as const)
    expect(await controller.edit(id, text)).toBeUndefined();
  expect(texts(controller.messages)).toEqual(['one', 're one', 'zwei', 're zwei']);
});

test('nothing is there to be asked again in an empty chat', async () => {
  const { controller } = chat(echo);
  expect(await controller.regenerate()).toBeUndefined();
  expect(controller.messages).toEqual([]);
});

test('two chats, and back and forth between them', async () => {
  const { controller, sessions, reload } = chat(echo);
  await controller.ask('first question');
  const first = sessions.current.id;
  await controller.newChat();
  expect(controller.messages).toEqual([]);
  const second = sessions.current.id;
  await controller.newChat();
  expect(sessions.current.id).toBe(second);
  await controller.ask('second question');
  expect((await sessions.list()).map(({ messages }) => messages[0]?.text).sort()).toEqual(['first question', 'second question']);
  expect(await controller.open(first)).toBe(true);
  expect(texts(controller.messages)).toEqual(['first question', 're first question']);
  expect(await controller.open('nowhere')).toBe(false);
  const next = await reload();
  expect(next.sessions.current.id).toBe(first);
  expect(next.sessions.current.title).toBe('first question');
});

test('a chat without a question is nothing to come back to, but not another one either', async () => {
  const { controller, reload } = chat(echo);
  await controller.ask('first');
  await controller.newChat();
  const next = await reload();
  expect(next.controller.messages).toEqual([]);
  expect(await next.sessions.list()).toHaveLength(1);
});

test('leaving a chat stops its answer there, and the next question waits for the end of it', async () => {
  const running: string[] = [];
  const { controller, sessions } = chat(({ question }, onDelta, token) => {
    running.push(`begin ${question}`);
    if (question === 'second') return Promise.resolve(good('done'));
    onDelta({ text: 'half' });
    return new Promise((_resolve, reject) =>
      token.onCancellationRequested(() =>
        setImmediate(() => {
          running.push(`end ${question}`);
          reject(new SidecarError('stopped', 'Stopped.'));
        }),
      ),
    );
  });
  void controller.ask('first');
  await untilBusy(controller);
  const first = sessions.current.id;
  await controller.newChat();
  expect(controller.busy).toBe(false);
  await controller.ask('second');
  expect(running).toEqual(['begin first', 'end first', 'begin second']);
  expect(texts(controller.messages)).toEqual(['second', 'done']);
  await controller.open(first);
  expect(controller.messages).toMatchObject([{ text: 'first' }, { text: 'half', state: 'stopped' }]);
});

test('nothing of a chat that is not open reaches the view', async () => {
  const { controller, posted } = chat(endless);
  const asked = controller.ask('first');
  await untilBusy(controller);
  await controller.newChat();
  posted.length = 0;
  await asked;
  expect(posted).toEqual([]);
});

test('a chat is renamed, and takes its name from its question again', async () => {
  const { controller, sessions, reload } = chat(echo);
  await controller.ask('What is a tree?');
  let titles = 0;
  sessions.onTitle(() => titles++);
  await sessions.rename(sessions.current.id, '  Trees ');
  expect([sessions.current.title, titles]).toEqual(['Trees', 1]);
  const next = await reload();
  expect(next.sessions.current.title).toBe('Trees');
  await next.sessions.rename(next.sessions.current.id, ' ');
  expect(next.sessions.current.title).toBe('What is a tree?');
});

test('a deleted chat is gone at once, and comes back when that is taken back', async () => {
  const { controller, sessions, folder } = chat(echo);
  await controller.ask('keep');
  await controller.newChat();
  await controller.ask('drop');
  const removed = await controller.remove(sessions.current.id);
  expect(controller.messages).toEqual([]);
  expect((await sessions.list()).map(({ messages }) => messages[0]?.text)).toEqual(['keep']);
  expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toHaveLength(1);
  sessions.restore(removed!, true);
  expect(texts(controller.messages)).toEqual(['drop', 're drop']);
  expect(await sessions.list()).toHaveLength(2);
  expect(await controller.remove('nowhere')).toBeUndefined();
});

test('a chat deleted in the middle of an answer stays deleted', async () => {
  const { controller, sessions, folder } = chat(endless);
  const asked = controller.ask('q');
  await untilBusy(controller);
  await controller.remove(sessions.current.id);
  await asked;
  await controller.dispose();
  expect(readdirSync(folder)).toEqual(['open']);
});

test('the one conversation of an older version becomes a chat, once', async () => {
  const old = [message('1', 'user', 'old question'), message('2', 'assistant', 'half', 'streaming')];
  const values = new Map<string, unknown>([['bonsai.chat.messages', old]]);
  const { sessions, reload } = chat(echo, undefined, values);
  await sessions.ready();
  expect(sessions.current.messages).toMatchObject([{ text: 'old question' }, { text: 'half', state: 'stopped' }]);
  expect(values.get('bonsai.chat.messages')).toBeUndefined();
  const next = await reload();
  expect(await next.sessions.list()).toHaveLength(1);
  expect(next.sessions.current.title).toBe('old question');
});

test('what cannot be saved is said, and the conversation goes on', async () => {
  const { controller, warnings } = chat(echo, '/dev/null/nowhere');
  await controller.ask('q');
  expect(texts(controller.messages)).toEqual(['q', 're q']);
  await controller.dispose();
  expect(warnings.join()).toMatch(/could not be saved/);
});

test('what goes with a question is shown with it before the answer begins, told to the model, and kept', async () => {
  const attachments = [{ path: 'src/a.ts', startLine: 1, endLine: 1, text: 'x' }];
  const seen: AskParams[] = [];
  const prepare: Prepare = ({ text, history, aboutSelection }) =>
    Promise.resolve({
      ...{ question: `${text}, in other words`, history, attachments: aboutSelection ? [] : attachments },
      ...{ attached: [{ text: 'src/a.ts', href: 'src/a.ts' }], notes: ['b.ts was left out.'] },
    });
  const { controller, posted, reload } = chat(
    (params, onDelta) => {
      seen.push(params);
      expect(posted.findLast(({ type }) => type === 'message')).toMatchObject({ message: { role: 'user', notes: ['b.ts was left out.'] } });
      onDelta({ text: 'x' });
      return Promise.resolve(good('x'));
    },
    undefined,
    undefined,
    prepare,
  );
  await controller.ask('/explain');
  expect(seen[0]).toEqual({ question: '/explain, in other words', attachments });
  expect(controller.messages[0]).toMatchObject({ text: '/explain', told: '/explain, in other words', attached: [{ href: 'src/a.ts' }] });
  await controller.ask('And?', { path: 'src/a.ts', startLine: 1, endLine: 1, text: 'x' });
  expect(seen[1]?.history?.map(({ text }) => text)).toEqual(['/explain, in other words', 'x']);
  expect(seen[1]).not.toHaveProperty('attachments');
  const before = controller.messages;
  const { controller: next } = await reload();
  expect(next.messages).toEqual(before);
});

test('a question that cannot be prepared fails with the reason and can be asked again', async () => {
  const { controller } = chat(
    () => Promise.reject(new Error('not asked')),
    undefined,
    undefined,
    () => Promise.reject(new SidecarError('model-missing', 'There is no model. Choose one.')),
  );
  await controller.ask('q');
  expect(controller.messages.at(-1)).toMatchObject({ state: 'failed', error: 'There is no model. Choose one.' });
  expect(controller.busy).toBe(false);
});
