import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SavedBefore } from '../../../../src/extension/reading/savedBefore';
import type { Status } from '../../../../src/protocol';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const held: Status = {
  ...{ state: 'ready', kvBytes: 1, kvBytesFull: 1 },
  repository: {
    ...{ name: 'acme', complete: false, tokensRead: 3, tokensTotal: 100, tokensKept: 3, files: 1, skipped: 0 },
    memory: { paused: true, behind: 0, journalFiles: 0, journalTokens: 0 },
  },
};

function window(store = new Map<string, unknown>(), folders: string[] = ['/acme']) {
  const state = { focused: true, loaded: false };
  const load = vi.fn();
  const saved = new SavedBefore({
    place: () => (folders.length > 0 ? { folders } : undefined),
    remembered: { get: (key) => store.get(key), update: (key, value) => Promise.resolve(void store.set(key, value)) },
    focused: () => state.focused,
    loaded: () => state.loaded,
    load,
    quiet: 100,
  });
  return { saved, state, load, store };
}

test('what was in memory, however little of it, comes back when the next window is quiet, and once', () => {
  const first = window();
  vi.advanceTimersByTime(1000);
  expect(first.load).not.toHaveBeenCalled();
  first.saved.learn(held);
  const second = window(first.store);
  vi.advanceTimersByTime(60);
  second.saved.stir();
  vi.advanceTimersByTime(60);
  expect(second.load).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60);
  expect(second.load).toHaveBeenCalledTimes(1);
  second.saved.stir();
  vi.advanceTimersByTime(1000);
  expect(second.load).toHaveBeenCalledTimes(1);
});

test('other folders, none, a window nobody looks at, and a model that is there already load nothing', () => {
  const { saved, store } = window();
  saved.learn(held);
  const other = window(store, ['/other']);
  const none = window(store, []);
  none.saved.learn(held);
  const hidden = window(store);
  hidden.state.focused = false;
  const loaded = window(store);
  loaded.state.loaded = true;
  vi.advanceTimersByTime(1000);
  for (const { load } of [other, none, hidden, loaded]) expect(load).not.toHaveBeenCalled();
  hidden.state.focused = true;
  hidden.saved.stir();
  vi.advanceTimersByTime(1000);
  expect(hidden.load).toHaveBeenCalledTimes(1);
});

test('what is remembered is not believed blindly', () => {
  const { load } = window(new Map([['bonsai.memory.workspaces', { not: 'a list' }]]));
  vi.advanceTimersByTime(1000);
  expect(load).not.toHaveBeenCalled();
});
