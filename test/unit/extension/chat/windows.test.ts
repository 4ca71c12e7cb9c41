/** Several windows on one folder: the same chats, and nothing that one of them wrote is lost. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chatPlace } from '../../../../src/extension/chat/chatPlace';
import { sessionText } from '../../../../src/extension/chat/session';
import { SidecarError } from '../../../../src/extension/engine/sidecarError';
import { chat, echo, good, madeFolder, texts, untilBusy, type Ask } from './chatWindow';

/** A window with a place of its own, on a folder. */
const opened = (folder: string, ask: Ask = echo) => chat(ask, folder, new Map(), undefined, madeFolder());

const titles = async ({ sessions }: ReturnType<typeof chat>) => (await sessions.list()).map(({ messages }) => messages[0]?.text).sort();

test('two windows list the same chats; each comes back to its own after a reload', async () => {
  const folder = madeFolder();
  const [one, two] = [opened(folder), opened(folder)];
  await one.controller.ask('first');
  await two.controller.ask('second');
  await two.controller.dispose();
  expect(await titles(one)).toEqual(['first', 'second']);
  const again = await one.reload();
  expect(await titles(again)).toEqual(['first', 'second']);
  expect(again.sessions.current.title).toBe('first');
  expect((await two.reload()).sessions.current.title).toBe('second');
});

test('what another window added to the open chat is there when one turns to this window, and told to the model', async () => {
  const folder = madeFolder();
  const one = opened(folder);
  await one.controller.ask('first');
  await one.settled();
  const id = one.sessions.current.id;
  const seen: number[] = [];
  const two = opened(folder, (params) => {
    seen.push(params.history?.length ?? 0);
    return Promise.resolve(good(`re ${params.question}`));
  });
  expect(await two.controller.open(id)).toBe(true);
  await two.controller.ask('second');
  await two.settled();
  const before = one.resets();
  await one.controller.refresh();
  expect(texts(one.controller.messages)).toEqual(['first', 're first', 'second', 're second']);
  expect(one.resets()).toBe(before + 1);
  await one.controller.refresh();
  expect(one.resets()).toBe(before + 1);
  await one.controller.ask('third');
  await one.settled();
  await two.controller.ask('fourth');
  expect(seen).toEqual([2, 6]);
});

test('two windows write to one chat at once: both answers are kept, in a chat each', async () => {
  const folder = madeFolder();
  let finish: () => void = () => undefined;
  const one = opened(folder, ({ question }) =>
    question === 'first' ? Promise.resolve(good('re first')) : new Promise((resolve) => (finish = () => resolve(good('long answer')))),
  );
  await one.controller.ask('first');
  await one.settled();
  const id = one.sessions.current.id;
  const long = one.controller.ask('long');
  await untilBusy(one.controller);
  await one.settled();
  const two = opened(folder);
  await two.controller.open(id);
  await two.controller.ask('short');
  await two.controller.dispose();
  finish();
  await long;
  await one.controller.dispose();
  expect(one.warnings.join()).toMatch(/changed in another window/);
  const after = opened(folder);
  const all = (await after.sessions.list()).map(({ messages }) => texts(messages).join(', '));
  expect(all).toHaveLength(2);
  expect(all.some((text) => text.includes('long answer'))).toBe(true);
  expect(all.some((text) => text.includes('re short'))).toBe(true);
});

test('a chat that another window deleted is not lost to the one that has it open', async () => {
  const folder = madeFolder();
  const [one, two] = [opened(folder), opened(folder)];
  await one.controller.ask('first');
  await one.settled();
  await two.controller.remove(one.sessions.current.id);
  await one.controller.refresh();
  await one.controller.ask('second');
  await one.controller.dispose();
  expect((await opened(folder).sessions.list()).map(({ messages }) => messages.length)).toEqual([4]);
});

test('undoing a deletion leaves the chat that is open by then', async () => {
  const { controller, sessions } = chat(echo);
  await controller.ask('first');
  const first = (await controller.remove(sessions.current.id))!;
  await controller.ask('second');
  sessions.restore(first, true);
  expect(sessions.current.title).toBe('second');
  expect((await sessions.list()).length).toBe(2);
  const second = (await controller.remove(sessions.current.id))!;
  sessions.restore(second, true);
  expect(sessions.current.title).toBe('second');
  const away = (await controller.remove(first.id))!;
  sessions.restore(away, false);
  expect(sessions.current.title).toBe('second');
});

test('chats that were kept with the window move to the folder; what is there is not replaced', async () => {
  const [folder, own] = [madeFolder(), madeFolder()];
  const session = (id: string, text: string) =>
    sessionText({
      id,
      title: undefined,
      createdAt: 1,
      changedAt: 1,
      messages: [{ id: 'm', role: 'user', text, state: 'done' }],
      queue: [],
    });
  for (const id of ['a', 'b']) writeFileSync(join(own, `${id}.json`), session(id, `old ${id}`));
  writeFileSync(join(own, 'open'), 'a');
  writeFileSync(join(folder, 'b.json'), session('b', 'new b'));
  const window = chat(echo, folder, new Map(), undefined, own);
  await window.sessions.ready();
  expect(window.sessions.current.title).toBe('old a');
  expect(await titles(window)).toEqual(['new b', 'old a']);
  expect(readdirSync(own).filter((name) => name.endsWith('.json'))).toEqual(['b.json']);
  // What cannot be moved stays where it is.
  const broken = madeFolder();
  writeFileSync(join(broken, 'x.json'), session('x', 'x'));
  const nowhere = chat(echo, '/dev/null/nowhere', new Map(), undefined, broken);
  await nowhere.sessions.ready();
  expect(nowhere.warnings.join()).toMatch(/could not be moved/);
  expect(readdirSync(broken)).toContain('x.json');
});

test('an answer that fails while another window goes on is kept, too', async () => {
  const folder = madeFolder();
  const one = opened(folder, () => Promise.reject(new SidecarError('engine-failed', 'It broke.')));
  await one.controller.ask('first');
  await one.settled();
  const two = opened(folder);
  await two.controller.open(one.sessions.current.id);
  await two.controller.regenerate();
  await two.settled();
  await one.controller.refresh();
  expect(one.controller.messages.at(-1)).toMatchObject({ text: 're first', state: 'done' });
});

test('a place belongs to the folder, or to the file that names several', () => {
  const place = chatPlace(undefined, ['file:///a']);
  expect(place).toMatch(/^[0-9a-f]{32}$/);
  expect(chatPlace(undefined, ['file:///a/'])).toBe(place);
  expect(chatPlace(undefined, ['file:///a', 'file:///b'])).toBe(place);
  expect(chatPlace(undefined, ['file:///b'])).not.toBe(place);
  expect(chatPlace('file:///w.code-workspace', ['file:///a'])).not.toBe(place);
  expect(chatPlace(undefined, [])).toBeUndefined();
});
