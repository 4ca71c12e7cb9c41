import { expect, test } from 'vitest';
import { textOf, turnsOf } from '../../../../src/extension/languageModel/chatTurns';

const message = (role: number, ...texts: unknown[]) => ({
  role,
  content: texts.map((value) => (typeof value === 'string' ? { value } : value)),
});
const [user, assistant, system] = [1, 2, 3];

test('a conversation becomes instructions, history and a question', () => {
  const turns = turnsOf([message(system, 'Be brief.'), message(user, 'A?'), message(assistant, 'A.'), message(user, 'B?')]);
  expect(turns).toEqual({
    system: 'Be brief.',
    history: [
      { role: 'user', text: 'A?' },
      { role: 'assistant', text: 'A.' },
    ],
    question: 'B?',
  });
});

test('what is alone stays alone: no history, no instructions', () => {
  expect(turnsOf([message(user, 'A?')])).toEqual({ question: 'A?' });
});

test('messages of one side in a row become one, wherever instructions stand between them', () => {
  const turns = turnsOf([
    message(user, 'A'),
    message(system, 'S'),
    message(user, 'B'),
    message(assistant, 'C'),
    message(assistant, 'D'),
    message(user, 'E'),
  ]);
  expect(turns).toEqual({
    system: 'S',
    history: [
      { role: 'user', text: 'A\n\nB' },
      { role: 'assistant', text: 'C\n\nD' },
    ],
    question: 'E',
  });
});

test.each([
  ['nothing', []],
  ['instructions alone', [message(system, 'S')]],
  ['the assistant last', [message(user, 'A'), message(assistant, 'B')]],
  ['white space', [message(user, ' \n')]],
  ['an empty message', [message(user)]],
])('%s is no question', (_, messages) => {
  expect(turnsOf(messages)).toBeUndefined();
});

test('tool calls, results and pictures are told in words', () => {
  const call = { callId: '1', name: 'read', input: { path: 'a.ts' } };
  const result = { callId: '1', content: [{ value: 'one' }, { value: 'two' }] };
  expect(textOf({ content: [{ value: 'Look.' }, call, result, { mimeType: 'image/png', data: new Uint8Array(4) }, 7, null] })).toBe(
    'Look.\n[called read with {"path":"a.ts"}]\n[result]\none\ntwo\n[image/png was left out: this model reads text]',
  );
});

test('the messages that came are not changed', () => {
  const messages = [message(user, 'A'), message(user, 'B')];
  const before = structuredClone(messages);
  turnsOf(messages);
  expect(messages).toEqual(before);
});
