/** The questions of an empty chat: there when everything was read, gone with the model, and asked for no more often than needed. */
import { describe, expect, test } from 'vitest';
import type { Landmark, Status } from '../../../../src/protocol';
import { starterQuestions, Starters } from '../../../../src/extension/chat/starters';
import { untranslated as t } from '../../../../src/extension/util/text';

const landmarks: Landmark[] = [
  { kind: 'function', name: 'planLaunch', path: 'src/launch.ts' },
  { kind: 'file', name: 'src/launch.ts', path: 'src/launch.ts' },
  { kind: 'constant', name: 'MAX_WAIT', path: 'src/launch.ts' },
  { kind: 'type', name: 'LaunchPlan', path: 'src/launch.ts' },
];
const questions = [
  'What does `planLaunch` do?',
  'What is `src/launch.ts` for?',
  'What is the value of MAX_WAIT?',
  'Where is `LaunchPlan` defined?',
];

const model = { path: '/demo.gguf' } as Status['model'];
const status = (complete: boolean, name = 'acme'): Status => ({
  ...{ state: 'ready', kvBytes: 0, kvBytesFull: 0, model },
  repository: { name, complete } as Status['repository'],
});
const asleep: Status = { state: 'noModel', kvBytes: 0, kvBytesFull: 0 };
const settled = () => new Promise(setImmediate);

/** @param answer of the sidecar; an error: it fails */
function watched(answer: Landmark[] | Error = landmarks) {
  let asked = 0;
  const changes: string[][] = [];
  const warnings: unknown[] = [];
  const whileLoaded = () => {
    asked++;
    return (answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ landmarks: answer })) as Promise<never>;
  };
  const starters = new Starters(
    { whileLoaded },
    () => changes.push(starters.questions),
    (error) => warnings.push(error),
    t,
  );
  return { starters, changes, warnings, asked: () => asked };
}

test('each kind of landmark has its question', () => {
  expect(starterQuestions(landmarks, t)).toEqual(questions);
  expect(starterQuestions([], t)).toEqual([]);
});

describe('starter questions', () => {
  test('are asked for when everything was read, and once', async () => {
    const { starters, changes, asked } = watched();
    starters.update(asleep);
    starters.update(status(false));
    expect(asked()).toBe(0);
    starters.update(status(true));
    starters.update(status(true));
    starters.update(status(false));
    starters.update(status(true));
    await settled();
    expect(asked()).toBe(1);
    expect(changes).toEqual([questions]);
  });

  test('are asked for again with an empty chat, but not while nothing was read', async () => {
    const { starters, asked } = watched();
    starters.update(asleep, true);
    starters.update(status(false), true);
    expect(asked()).toBe(0);
    starters.update(status(true));
    starters.update(status(true), true);
    await settled();
    expect(asked()).toBe(2);
    expect(starters.questions).toEqual(questions);
  });

  test('go with the model, and with the repository', async () => {
    const { starters, changes } = watched();
    starters.update(status(true));
    await settled();
    starters.update(asleep);
    expect(changes).toEqual([questions, []]);
    starters.update(status(true));
    await settled();
    starters.update(status(false, 'other'));
    expect(starters.questions).toEqual([]);
  });

  test('that come too late are not shown', async () => {
    const { starters, changes } = watched();
    starters.update(status(true));
    starters.update(asleep);
    await settled();
    expect(changes).toEqual([]);
  });

  test('that cannot be found disturb nobody', async () => {
    const { starters, changes, warnings } = watched(new Error('gone'));
    starters.update(status(true));
    await settled();
    expect(changes).toEqual([]);
    expect(warnings).toHaveLength(1);
  });
});
