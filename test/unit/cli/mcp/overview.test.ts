import { expect, it } from 'vitest';
import type { KnownFile } from '../../../../src/sidecar/files/repositoryFiles';
import { overviewLines, overviewOf } from '../../../../src/cli/mcp/overview';

const file = (path: string, lines = 1): KnownFile => ({
  ...{ path, lines, folder: '/r', hash: `hash of ${path}` },
  file: { path, absolutePath: `/r/${path}`, bytes: 1, mtimeMs: 0 },
});
const files = [file('a.ts', 3), file('lib/b.ts', 4), file('lib/deep/c.ts', 5), file('lib/deep/d.ts'), file('lib2/e.ts')];
const memory = [
  { path: 'a.ts', hash: 'hash of a.ts', tokens: 100, held: 1, archived: false },
  { path: 'lib/b.ts', hash: 'another', tokens: 100, held: 0.4, archived: true },
  { path: 'lib/deep/c.ts', hash: 'hash of lib/deep/c.ts', tokens: 100, held: 0.001, archived: true },
  { path: 'lib/deep/d.ts', hash: 'hash of lib/deep/d.ts', tokens: 100, held: 0, archived: false },
];
const all = { path: '', depth: 9, limit: 99 };

it('every file has a state, and every folder the sums of what is in it', () => {
  const { entries, left } = overviewOf({ files }, memory, all);
  expect(left).toBe(0);
  expect(entries.map(({ path, files, lines, memory, changed }) => [path, files, lines, memory, changed])).toEqual([
    ['./', 5, 14, { held: 1, thinned: 1, recallable: 1, gone: 1, unread: 1 }, 1],
    ['lib/', 3, 10, { thinned: 1, recallable: 1, gone: 1 }, 1],
    ['lib/deep/', 2, 6, { recallable: 1, gone: 1 }, 0],
    ['lib/deep/c.ts', 1, 5, { recallable: 1 }, 0],
    ['lib/deep/d.ts', 1, 1, { gone: 1 }, 0],
    ['lib/b.ts', 1, 4, { thinned: 1 }, 1],
    ['lib2/', 1, 1, { unread: 1 }, 0],
    ['lib2/e.ts', 1, 1, { unread: 1 }, 0],
    ['a.ts', 1, 3, { held: 1 }, 0],
  ]);
});

it('without a model nobody can tell', () => {
  const [root] = overviewOf({ files }, undefined, all).entries;
  expect([root?.memory, root?.changed]).toEqual([{ unknown: 5 }, 0]);
});

it('goes as deep and as far as was asked for, and says what is left', () => {
  expect(overviewOf({ files }, undefined, { ...all, depth: 1 }).entries.map(({ path }) => path)).toEqual(['./', 'lib/', 'lib2/', 'a.ts']);
  const cut = overviewOf({ files }, undefined, { ...all, limit: 2 });
  expect([cut.entries.length, cut.left]).toEqual([2, 7]);
  expect(overviewLines(cut).at(-1)).toContain('… and 7 entries more');
});

it.each(['lib', 'lib/', './lib', '/lib/'])('shows one folder by the path "%s", and not one whose name begins alike', (path) => {
  expect(overviewOf({ files }, undefined, { path, depth: 1, limit: 9 }).entries.map((entry) => entry.path)).toEqual([
    'lib/',
    'lib/deep/',
    'lib/b.ts',
  ]);
});

it('names a folder that is not there', () => {
  expect(() => overviewOf({ files }, undefined, { ...all, path: 'li' })).toThrow('There is no folder li with files');
});

it('is one line for each entry, deeper ones further in', () => {
  const { entries, left } = overviewOf({ files }, memory, { ...all, path: 'lib' });
  expect(overviewLines({ entries, left })).toEqual([
    'lib/  3 files, 10 lines, 1 thinned, 1 recallable, 1 gone, 1 changed since',
    '  deep/  2 files, 6 lines, 1 recallable, 1 gone',
    '    c.ts  5 lines, recallable',
    '    d.ts  1 line, gone',
    '  b.ts  4 lines, thinned, changed since',
  ]);
});
