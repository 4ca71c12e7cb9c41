import { expect, test } from 'vitest';
import type { ChatMessage } from '../../../../src/protocol';
import * as talk from '../../../../src/extension/chat/conversation';

const message = (id: string, role: ChatMessage['role'], text: string, state: ChatMessage['state'] = 'done'): ChatMessage => ({
  id,
  role,
  text,
  state,
});

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
