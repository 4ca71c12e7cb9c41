/** When a trial of layer budgets begins, when it never does, and what is left when it fails or is stopped. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { listFolders } from '../../../../src/repo';
import { Scheduler } from '../../../../src/sidecar/engine/scheduler';
import { IdleTrial, trialTexts, type IdleTrialParts, type TrialSource } from '../../../../src/sidecar/measure/idleTrial';
import { sandbox } from '../../repo/sandbox';

const box = sandbox();
const model = { tokenize: (text: string) => Array.from(text, (letter) => letter.charCodeAt(0)) };
const tokens = { bos: 1, fileSeparator: 2, repoName: 3 };
const source = async (files: number): Promise<TrialSource> => {
  for (let i = 0; i < files; i++) box.put(`f${i}.ts`, `${String(i)}x;\n`.repeat(400));
  const { files: entries } = await listFolders([box.root]);
  return { name: 'acme', entries: entries as unknown as TrialSource['entries'] };
};

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const quiet = 1000;

function trialOf(
  given: TrialSource | undefined,
  { undecided = true, busy = () => false }: { undecided?: boolean; busy?: () => boolean } = {},
) {
  const scene = { begun: 0, logged: [] as string[], changes: 0, fail: new Error('no room') };
  const loaded = {
    ...{ model, tokens, scheduler: new Scheduler() },
    shares: { undecided, plan: { mean: 1024, staging: 64 }, learn: () => undefined },
    measuringCache: () => {
      scene.begun++;
      return Promise.reject(scene.fail);
    },
  };
  let ended = () => undefined as unknown;
  const end = new Promise<void>((resolve) => (ended = resolve));
  const trial: IdleTrial = new IdleTrial({
    loaded: loaded as unknown as IdleTrialParts['loaded'],
    ...{ source: () => given, busy, quiet, log: (text) => scene.logged.push(text) },
    onChange: () => {
      scene.changes++;
      if (!trial.progress) ended();
    },
  });
  return { trial, scene, end };
}

it('begins when nobody has asked for anything for a while, and says how far it is', async () => {
  const { trial, scene, end } = trialOf(await source(12));
  trial.touched();
  vi.advanceTimersByTime(quiet - 1);
  expect(trial.progress).toBeUndefined();
  // Somebody asks, so the time starts over.
  trial.touched();
  vi.advanceTimersByTime(quiet - 1);
  expect(trial.progress).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(trial.progress).toEqual({ done: 0, total: 17 });
  await end;
  expect([scene.begun, trial.progress]).toEqual([1, undefined]);
});

it.each([
  ['somebody waits for something', { busy: () => true }, true],
  ['no repository was read whole', {}, false],
  ['the layers were decided on', { undecided: false }, true],
])('does not begin while %s', async (_, options, read) => {
  const { trial, scene } = trialOf(read ? await source(12) : undefined, options);
  trial.touched();
  vi.advanceTimersByTime(10 * quiet);
  expect([trial.progress, scene.changes, vi.getTimerCount()]).toEqual([undefined, 0, 0]);
});

it('that fails is told once, with its reason, and not begun again', async () => {
  const { trial, scene, end } = trialOf(await source(12));
  trial.touched();
  vi.advanceTimersByTime(quiet);
  await end;
  expect(scene.logged).toEqual(['Layer budgets could not be tested; the layers keep equal budgets: no room']);
  trial.touched();
  expect(vi.getTimerCount()).toBe(0);
});

it('of a repository that is too small is not made, without a word', async () => {
  const { trial, scene, end } = trialOf(await source(2));
  trial.touched();
  vi.advanceTimersByTime(quiet);
  await end;
  trial.touched();
  expect([scene.begun, scene.logged, vi.getTimerCount()]).toEqual([0, [], 0]);
});

it('that is stopped ends without a word, and none begins after it', async () => {
  const { trial, scene } = trialOf(await source(12));
  trial.touched();
  vi.advanceTimersByTime(quiet);
  expect(trial.progress).toBeDefined();
  await trial.stop();
  expect([trial.progress, scene.logged]).toEqual([undefined, []]);
  trial.touched();
  expect(vi.getTimerCount()).toBe(0);
});

it('has two texts from the middle of the reading order on, each with the head, and no file in both', async () => {
  const signal = new AbortController().signal;
  const given = await source(6);
  const both = await trialTexts({ model, tokens } as unknown as IdleTrialParts['loaded'], given, signal, { search: 1500, decide: 1500 });
  const text = (which: 'search' | 'decide') => String.fromCharCode(...both![which].filter((id) => id > 3));
  for (const which of ['search', 'decide'] as const) expect([both![which].length, text(which).slice(0, 5)]).toEqual([1500, 'acme\n']);
  const files = (which: 'search' | 'decide') => text(which).match(/f\d\.ts/g);
  expect([files('decide'), files('search')]).toEqual([['f3.ts'], ['f4.ts']]);
  expect(
    await trialTexts({ model, tokens } as unknown as IdleTrialParts['loaded'], given, signal, { search: 9e4, decide: 9e4 }),
  ).toBeUndefined();
});
