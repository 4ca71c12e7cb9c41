import type { CancellationToken } from 'vscode-jsonrpc/node';
import { expect, test } from 'vitest';
import type {
  PlanRepositoryParams,
  ReadProgress,
  ReadRepositoryParams,
  ReadSummary,
  RepositoryPlan,
  Status,
} from '../../../../src/protocol';
import { SidecarError } from '../../../../src/extension/engine/sidecarError';
import { CrashRecovery } from '../../../../src/extension/reading/crashRecovery';
import { ReadingController, type Offer, type ReadingTarget } from '../../../../src/extension/reading/readingController';

const plan: RepositoryPlan = {
  ...{
    name: 'acme',
    files: 3,
    tokens: 1000,
    tokensHeld: 0,
    tokensToRead: 1000,
    tokensArchived: 0,
    archiveBytes: 0,
    skipped: [{ path: 'p', reason: 'planned' }],
    lastFiles: [],
  },
  ...{
    modelBytes: 1,
    kvBytes: 1,
    kvBytesFull: 1,
    kvBanks: 4,
    tokensPerSecond: 1000,
    secondsToRead: 1,
    tokensResident: 1000,
    fits: true,
    advice: [],
  },
};
const long = { ...plan, secondsToRead: 60 };
const summary: ReadSummary = {
  ...{ name: 'acme', files: 3, skipped: [{ path: 'r', reason: 'read' }], tokens: 1000, kvBytes: 1, kvBytesFull: 1, layers: [] },
  ...{ tokensPerSecond: 1000, seconds: 1, restoredTokens: 0, archivedTokens: 0, notes: [] },
};
const progress: ReadProgress = { phase: 'reading', tokensRead: 1, tokensTotal: 2, tokensPerSecond: 1, secondsLeft: 1 };

/** A desk and a client that do what the test says and write down what they are asked. */
function setUp(given: { plan?: RepositoryPlan | SidecarError; yes?: boolean | 'later'; place?: ReadingTarget } = {}) {
  const heard: string[] = [];
  const reads: ReadRepositoryParams[] = [];
  const offers: Offer[] = [];
  const told: { quiet: boolean }[] = [];
  const state = { plan: given.plan ?? plan, yes: given.yes ?? false, place: given.place ?? { folders: ['/acme'], name: 'acme' } };
  /** Answers the read that is waiting. */
  let finish: ((result: ReadSummary | SidecarError) => void) | undefined;
  let planned: (() => void) | undefined;
  let answer: ((yes: boolean) => void) | undefined;
  const holds = { plan: false, read: false };
  const reading = new ReadingController(
    {
      plan: async (_params: PlanRepositoryParams, token: CancellationToken) => {
        heard.push('plan');
        if (holds.plan)
          await new Promise<void>((resolve, reject) => {
            planned = resolve;
            token.onCancellationRequested(() => reject(new SidecarError('stopped', 'Stopped.')));
          });
        if (state.plan instanceof SidecarError) throw state.plan;
        return state.plan;
      },
      read: async (params, onProgress, token) => {
        heard.push('read');
        reads.push(params);
        onProgress(progress);
        if (!holds.read) return summary;
        const result = await new Promise<ReadSummary | SidecarError>((resolve) => {
          finish = resolve;
          token.onCancellationRequested(() => resolve({ ...summary, stopped: 'cancelled' }));
        });
        if (result instanceof SidecarError) throw result;
        return result;
      },
    },
    {
      place: (quiet) => {
        if (state.place.folders.length > 0) return state.place;
        heard.push(quiet ? 'no place, quietly' : 'no place');
        return undefined;
      },
      confirm: (offer) => {
        heard.push('asks');
        offers.push(offer);
        const { yes } = state;
        return yes === 'later' ? new Promise((resolve) => (answer = resolve)) : Promise.resolve(yes);
      },
      busy: () => heard.push('busy'),
      tell: (_summary, quiet) => told.push({ quiet }),
      fail: (error, quiet) => heard.push(`fails${quiet ? ' quietly' : ''}: ${String(error)}`),
    },
  );
  return {
    ...{ reading, state, heard, reads, offers, told, holds },
    finish: (result: ReadSummary | SidecarError) => finish?.(result),
    planned: () => planned?.(),
    answer: (yes: boolean) => answer?.(yes),
  };
}

test('a short read by hand is planned and begun at once, with notifications', async () => {
  const { reading, heard, told } = setUp();
  await expect(reading.read()).resolves.toEqual(summary);
  expect(heard).toEqual(['plan', 'read']);
  expect(told).toEqual([{ quiet: false }]);
  expect(reading.view).toEqual({ doing: 'nothing', progress: undefined, offer: undefined, otherFolders: false });
});

test('a long read is asked for first; without a yes the plan stays and nothing is read', async () => {
  const { reading, heard, reads } = setUp({ plan: long });
  await expect(reading.read()).resolves.toBeUndefined();
  expect(heard).toEqual(['plan', 'asks']);
  expect(reading.view.offer).toEqual({ plan: long, again: false });
  expect(reading.skipped?.files).toEqual(plan.skipped);
  await reading.accept();
  expect(reads).toEqual([{ folders: ['/acme'], name: 'acme' }]);
  expect(reading.view.offer).toBeUndefined();
  expect(reading.skipped?.files).toEqual(summary.skipped);
});

test('a yes reads, and a dismissed plan is gone', async () => {
  const agreed = setUp({ plan: long, yes: true });
  await expect(agreed.reading.read()).resolves.toEqual(summary);
  expect(agreed.heard).toEqual(['plan', 'asks', 'read']);
  const { reading } = setUp({ plan: long });
  await reading.read();
  reading.dismissOffer();
  expect(reading.view.offer).toBeUndefined();
});

test('a yes to a question that has been settled elsewhere reads nothing', async () => {
  const { reading, heard, answer } = setUp({ plan: long, yes: 'later' });
  const asked = reading.read();
  await expect.poll(() => reading.view.offer).toBeDefined();
  await reading.accept();
  answer(true);
  await expect(asked).resolves.toBeUndefined();
  expect(heard.filter((word) => word === 'read')).toHaveLength(1);
});

test('reading again is asked for when something is held, and says so to the sidecar', async () => {
  const held = setUp({
    plan: { ...plan, tokensHeld: 1000, tokensToRead: 0, tokensArchived: 0, archiveBytes: 0, secondsToRead: 0 },
    yes: true,
  });
  await held.reading.read(true);
  expect(held.offers).toMatchObject([{ again: true }]);
  expect(held.reads).toMatchObject([{ again: true }]);
  const card = setUp({ plan: { ...plan, tokensHeld: 1000 } });
  await card.reading.read(true);
  await card.reading.accept();
  expect(card.reads).toMatchObject([{ again: true }]);
});

test('a plan that fails is told, and nothing is read without one', async () => {
  const { reading, heard } = setUp({ plan: new SidecarError('storage', 'The disk is full. Free some space.') });
  await expect(reading.read()).resolves.toBeUndefined();
  expect(heard).toEqual(['plan', expect.stringContaining('The disk is full') as string]);
});

test('unasked, a small price is paid without a word and a large one only offered', async () => {
  const small = setUp();
  await expect(small.reading.restore()).resolves.toBe(true);
  expect(small.heard).toEqual(['plan', 'read']);
  expect(small.told).toEqual([{ quiet: true }]);
  const large = setUp({ plan: long });
  await expect(large.reading.restore()).resolves.toBe(false);
  expect(large.heard).toEqual(['plan']);
  expect(large.reading.view.offer?.plan).toEqual(long);
  const broken = setUp({ plan: new SidecarError('engine-failed', 'No.') });
  await expect(broken.reading.restore()).resolves.toBe(false);
  expect(broken.heard.at(-1)).toMatch(/^fails quietly/);
});

test('without a folder nothing is asked of the sidecar', async () => {
  const { reading, heard } = setUp({ place: { folders: [] } });
  await reading.read();
  await reading.restore();
  expect(heard).toEqual(['no place', 'no place, quietly']);
});

test('pausing ends the read with what it has, and accepting goes on without asking', async () => {
  const { reading, holds, heard, reads } = setUp();
  holds.read = true;
  const first = reading.read();
  await expect.poll(() => reading.view.progress).toEqual(progress);
  expect(reading.view.doing).toBe('reading');
  reading.pause();
  await expect(first).resolves.toMatchObject({ stopped: 'cancelled' });
  expect(reading.view).toMatchObject({ doing: 'nothing', progress: undefined });
  holds.read = false;
  await expect(reading.accept(false)).resolves.toEqual(summary);
  expect(heard.slice(2)).toEqual(['read']);
  expect(reads[1]).not.toHaveProperty('again');
});

test('one reading at a time: a second by hand is told, an unasked one is not', async () => {
  const { reading, holds, heard, finish } = setUp();
  holds.read = true;
  const first = reading.accept();
  const second = await reading.accept();
  expect(second).toBeUndefined();
  expect(heard.filter((word) => word === 'busy')).toHaveLength(1);
  finish(summary);
  await first;
  expect(heard.filter((word) => word === 'read')).toHaveLength(1);
});

test('a person does not wait for a plan that nobody asked for', async () => {
  const { reading, holds, heard } = setUp();
  holds.plan = true;
  const unasked = reading.restore();
  await expect.poll(() => reading.view.doing).toBe('planning');
  holds.plan = false;
  await expect(reading.read()).resolves.toEqual(summary);
  await expect(unasked).resolves.toBe(false);
  expect(heard).toEqual(['plan', 'plan', 'read']);
});

test('other folders are offered, the old ones again are not', async () => {
  const { reading, state, heard } = setUp();
  await reading.read();
  state.place = { folders: ['/acme', '/more'] };
  state.plan = plan;
  await reading.foldersChanged();
  expect(reading.view).toMatchObject({ otherFolders: true, offer: { plan } });
  expect(heard.filter((word) => word === 'read')).toHaveLength(1);
  state.place = { folders: ['/acme'] };
  await reading.foldersChanged();
  expect(reading.view).toMatchObject({ otherFolders: false, offer: undefined });
});

/** Statuses as the client sends them; counts how often the recovery acts. */
function recovery() {
  let listener: (status: Status) => void = () => undefined;
  const state = { restores: 0 };
  new CrashRecovery(
    {
      onStatus: (added) => {
        listener = added;
        return { dispose: () => undefined };
      },
    },
    { restore: () => Promise.resolve(++state.restores > 0) },
  );
  const repository = {
    ...{ name: 'acme', tokensRead: 1, tokensTotal: 1, tokensKept: 1, files: 1, skipped: 0 },
    memory: { paused: false, behind: 0, journalFiles: 0, journalTokens: 0 },
  };
  const say = (change: Partial<Status>) => listener({ state: 'ready', kvBytes: 0, kvBytesFull: 0, ...change });
  return { state, say, held: (complete: boolean) => say({ repository: { ...repository, complete } }) };
}

test('a repository in memory when the engine died is brought back once', () => {
  const { state, say, held } = recovery();
  held(true);
  say({ state: 'failed', lostRepository: 'acme' });
  expect(state.restores).toBe(1);
  say({ state: 'failed', lostRepository: 'acme' });
  // It was coming back when the engine died again.
  held(false);
  say({ state: 'failed', lostRepository: 'acme' });
  expect(state.restores).toBe(1);
  held(true);
  say({ state: 'failed', lostRepository: 'acme' });
  expect(state.restores).toBe(2);
});

test('nothing is brought back that was not there, nor while the engine still runs', () => {
  const { state, say } = recovery();
  say({ state: 'failed' });
  say({ state: 'ready', lostRepository: 'acme' });
  expect(state.restores).toBe(0);
});

test('what came back with the model is whole: nothing is planned, read or said', async () => {
  const { reading, heard, told } = setUp();
  await reading.opened({ restoredTokens: 1000, tokensToRead: 0, notes: [] });
  await reading.opened({ restoredTokens: 0, tokensToRead: 0, notes: [] });
  expect([heard, told]).toEqual([[], []]);
});

test('what came back with the model and lacks a little is completed quietly; one that lacks much waits, as after a pause', async () => {
  const little = setUp();
  await little.reading.opened({ restoredTokens: 900, tokensToRead: 100, notes: [] });
  expect([little.heard, little.told]).toEqual([['plan', 'read'], [{ quiet: true }]]);
  const much = setUp({ plan: long });
  await much.reading.opened({ restoredTokens: 30, tokensToRead: 970, notes: [] });
  expect(much.heard).toEqual(['plan']);
  expect(much.reading.view.offer).toBeUndefined();
});
