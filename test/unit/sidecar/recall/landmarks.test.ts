/** What stands out in a repository: chosen by use, the same however the files come, and nothing that is no plain name. */
import { describe, expect, test } from 'vitest';
import { landmarksOf } from '../../../../src/sidecar/recall/landmarks';
import { file } from '../../repo/order/sources';

const limit = { name: 'MAX_WAIT', kind: 'constant', value: '4711' } as const;
const files = [
  file('src/core.ts', { defines: ['startEngine', 'stopEngine', limit, { name: 'Engine', kind: 'class' }] }),
  file('src/side.ts', { defines: ['sideways', { name: 'Side', kind: 'interface' }] }),
  file('src/a.ts', { defines: ['alpha'], uses: { startEngine: 1, Engine: 2 }, imports: ['./core'] }),
  file('src/b.ts', { defines: ['beta'], uses: { startEngine: 9, stopEngine: 1, Engine: 1 }, imports: ['./core'] }),
  file('src/c.ts', { defines: ['gamma'], uses: { sideways: 50, Side: 50 }, imports: ['./side'] }),
];

describe('landmarks', () => {
  test('are what most files use, one of each kind', () => {
    expect(landmarksOf(files)).toEqual([
      { kind: 'function', name: 'startEngine', path: 'src/core.ts' },
      { kind: 'file', name: 'src/core.ts', path: 'src/core.ts' },
      { kind: 'constant', name: 'MAX_WAIT', path: 'src/core.ts' },
      { kind: 'type', name: 'Engine', path: 'src/core.ts' },
    ]);
  });

  test('do not depend on the order of the files', () => {
    expect(landmarksOf(files.toReversed())).toEqual(landmarksOf(files));
  });

  test('are no tests, and nothing of others', () => {
    for (const path of ['test/core.ts', 'src/core.test.ts', 'vendor/core.ts']) {
      const elsewhere = files.map((each) => (each.path === 'src/core.ts' ? { ...each, path } : each));
      expect(
        landmarksOf(elsewhere).map((landmark) => landmark.path),
        path,
      ).not.toContain(path);
    }
  });

  test('have one meaning: a name that two files define is none', () => {
    const twice = [...files, file('lib/core.ts', { defines: ['startEngine'] })];
    expect(landmarksOf(twice).map(({ name }) => name)).not.toContain('startEngine');
    expect(landmarksOf(twice)[0]).toEqual({ kind: 'function', name: 'stopEngine', path: 'src/core.ts' });
  });

  test('a use counts only where a file depends on the definition: many call a `map` of their own', () => {
    const others = ['d', 'e', 'f'].map((name) => file(`src/${name}.ts`, { uses: { sideways: 3 } }));
    expect(landmarksOf([...files, ...others])[0]?.name).toBe('startEngine');
  });

  test.each(['`rm -rf`', 'a b', '@file:x', '__init__', 'x'.repeat(61), 'f', '/stop', 'a\nb'])('%j is no name to ask about', (name) => {
    expect(landmarksOf([file('a.ts', { defines: [name, { ...limit, name }, { name, kind: 'class' }] })])).toEqual([
      { kind: 'file', name: 'a.ts', path: 'a.ts' },
    ]);
  });

  test.each(['a`b.ts', '@selection.ts', 'a b.ts', 'a\nb.ts', `${'x'.repeat(90)}.ts`, '/etc/x.ts'])(
    'nothing of the file %j is named',
    (path) => {
      expect(landmarksOf([file(path, { defines: ['startEngine'] })])).toEqual([]);
    },
  );

  test('a value that anybody would guess is not asked for', () => {
    expect(landmarksOf([file('a.ts', { defines: [{ ...limit, value: '1' }] })]).map(({ kind }) => kind)).toEqual(['file']);
  });

  test('nothing that can be parsed: none', () => {
    expect(landmarksOf([])).toEqual([]);
    expect(landmarksOf([{ path: 'notes.txt', code: undefined }])).toEqual([]);
  });
});
