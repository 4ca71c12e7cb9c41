import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Absence } from '../../../../src/extension/watching/absence';
import { ChangeFeed } from '../../../../src/extension/watching/changeFeed';
import { GitHeads, type GitRepository } from '../../../../src/extension/watching/gitHeads';
import { isWatched } from '../../../../src/extension/watching/watched';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function feed(most = 500) {
  const sent: string[][] = [];
  const state = { wanted: true };
  const changes = new ChangeFeed({ send: (paths) => sent.push(paths), wanted: () => state.wanted, most });
  return { sent, state, changes };
}

test('a flock is told once, when it has been quiet, each file once', () => {
  const { sent, changes } = feed();
  changes.changed('/a');
  vi.advanceTimersByTime(299);
  changes.changed('/b');
  changes.changed('/a');
  vi.advanceTimersByTime(299);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent).toEqual([['/a', '/b']]);
  vi.advanceTimersByTime(10_000);
  expect(sent).toHaveLength(1);
});

test('a build that never rests is told all the same', () => {
  const { sent, changes } = feed();
  for (let i = 0; i < 100; i++) {
    changes.changed('/out');
    vi.advanceTimersByTime(100);
  }
  expect(sent.length).toBeGreaterThanOrEqual(3);
  expect(sent.length).toBeLessThanOrEqual(4);
});

test('"anything" swallows names, and so does a flock that is too large', () => {
  const { sent, changes } = feed(3);
  changes.changed('/a');
  changes.anything();
  vi.advanceTimersByTime(300);
  for (const path of ['/1', '/2', '/3', '/1']) changes.changed(path);
  vi.advanceTimersByTime(300);
  for (const path of ['/1', '/2', '/3', '/4']) changes.changed(path);
  vi.advanceTimersByTime(300);
  changes.changed('/after');
  vi.advanceTimersByTime(300);
  expect(sent).toEqual([[], ['/1', '/2', '/3'], [], ['/after']]);
});

test('nothing is kept for nobody, and nothing told after the end', () => {
  const { sent, state, changes } = feed();
  state.wanted = false;
  changes.changed('/unheard');
  state.wanted = true;
  vi.advanceTimersByTime(1000);
  changes.changed('/gone');
  state.wanted = false;
  vi.advanceTimersByTime(1000);
  state.wanted = true;
  changes.changed('/a');
  changes.dispose();
  vi.advanceTimersByTime(1000);
  expect(sent).toEqual([]);
});

test('files of git and of packages are not watched, nor what lies elsewhere', () => {
  const folders = ['/w/one', '/node_modules/two'];
  for (const path of ['/w/one/src/a.ts', '/w/one/.gitignore', '/w/one/my.git/x', '/node_modules/two/a.ts', '/w/one/src'])
    expect(isWatched(path, folders), path).toBe(true);
  for (const path of ['/w/one/.git/index', '/w/one/sub/.git/HEAD', '/w/one/node_modules/x/y.js', '/w/onetwo/a.ts', '/w/one', '/etc/passwd'])
    expect(isWatched(path, folders), path).toBe(false);
});

/** A repository of the git extension, and its life. */
function gitRepository(head?: { name?: string; commit?: string }) {
  const listeners = new Set<() => void>();
  const state = {
    HEAD: head,
    onDidChange: (listener: () => void) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
  };
  const move = (next?: { name?: string; commit?: string }) => {
    state.HEAD = next;
    for (const listener of listeners) listener();
  };
  return { repository: { state } as GitRepository, move, listeners };
}

test('only a HEAD that moves counts', () => {
  const one = gitRepository();
  const late = gitRepository({ name: 'main', commit: '1' });
  let open: (repository: GitRepository) => void = () => undefined;
  let close: (repository: GitRepository) => void = () => undefined;
  let moves = 0;
  const heads = new GitHeads(
    {
      repositories: [one.repository],
      onDidOpenRepository: (listener) => ((open = listener), { dispose: () => undefined }),
      onDidCloseRepository: (listener) => ((close = listener), { dispose: () => undefined }),
    },
    () => moves++,
  );
  one.move({ name: 'main', commit: 'a' });
  one.move({ name: 'main', commit: 'a' });
  expect(moves).toBe(0);
  one.move({ name: 'feature', commit: 'a' });
  one.move({ name: 'feature', commit: 'b' });
  expect(moves).toBe(2);
  open(late.repository);
  open(late.repository);
  late.move({ commit: '2' });
  expect(moves).toBe(3);
  close(late.repository);
  late.move({ commit: '3' });
  expect(moves).toBe(3);
  heads.dispose();
  one.move({ commit: 'c' });
  expect(moves).toBe(3);
});

test('a long absence is noticed at its end, a short one is not', () => {
  let now = 0;
  const absence = new Absence(1000, () => now);
  const at = (time: number, focused: boolean) => {
    now = time;
    return absence.focus(focused);
  };
  expect([at(0, true), at(10, false), at(500, true), at(600, false), at(700, false), at(1600, true), at(9000, true)]).toEqual([
    ...[false, false, false, false, false, true, false],
  ]);
});
