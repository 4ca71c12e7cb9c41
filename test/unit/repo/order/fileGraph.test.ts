/** Which file depends on which, and how much. */
import { describe, expect, it } from 'vitest';
import { fileGraph } from '../../../../src/repo/order/fileGraph';
import { file, type Source } from './sources';

/** Edges by path. */
function graph(sources: Record<string, Source | null>) {
  const files = Object.entries(sources)
    .map(([path, source]) => (source ? file(path, source) : { path, code: undefined }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const { edges, dependents } = fileGraph(files);
  const paths = files.map(({ path }) => path);
  const weight = (from: string, to: string) => edges[paths.indexOf(from)]?.get(paths.indexOf(to)) ?? 0;
  const targets = (from: string) => [...(edges[paths.indexOf(from)]?.keys() ?? [])].map((each) => paths[each]).sort();
  return { weight, targets, dependents: (path: string) => dependents[paths.indexOf(path)] };
}

describe('an import leads to', () => {
  const cases: [what: string, from: string, spec: string, to: string, others?: string[]][] = [
    ['a file beside', 'src/a.ts', './b', 'src/b.ts'],
    ['a file above', 'src/x/a.ts', '../b', 'src/b.ts', ['b.ts']],
    ['the TypeScript of a JavaScript name', 'a.ts', './b.js', 'b.ts'],
    ['a folder', 'a.js', './lib', 'lib/index.js'],
    ['a file with its ending', 'a.js', './lib/b.mjs', 'lib/b.mjs'],
    ['an alias of the build', 'web/routes/a.ts', '$lib/stores/b', 'web/lib/stores/b.ts'],
    ['a file of a language without a grammar', 'a.ts', './View.svelte', 'View.svelte'],
    ['a module of Python', 'app/a.py', 'shop.models', 'app/shop/models.py'],
    ['a package of Python', 'a.py', 'shop', 'shop/__init__.py'],
    ['a package of Python before a module of its name', 'a.py', 'shop', 'shop/__init__.py', ['shop.py']],
    ['a module beside', 'shop/a.py', '.b', 'shop/b.py', ['b.py']],
    ['a module above', 'shop/x/a.py', '..b.c', 'shop/b/c.py'],
    ['a header beside', 'src/a.cpp', 'b.h', 'src/b.h', ['lib/b.h']],
    ['a header somewhere', 'src/a.cpp', 'lib/b.h', 'include/lib/b.h', ['include/b.h']],
    ['the nearest of several headers', 'one/src/a.cpp', '<b.h>', 'one/include/b.h', ['two/include/b.h', 'b.h']],
    ['a class of Java', 'app/A.java', 'org.shop.Item', 'src/org/shop/Item.java'],
    ['the class of a static import', 'app/A.java', 'org.shop.Item.of', 'src/org/shop/Item.java'],
    ['a module of Rust', 'src/main.rs', 'rows', 'src/rows.rs'],
    ['a folder of Rust', 'src/main.rs', 'crate::rows::{Row, Rows}', 'src/rows/mod.rs'],
    ['a file of Ruby', 'lib/a.rb', 'shop/item', 'lib/shop/item.rb'],
    ['a class of PHP', 'web/a.php', 'App\\Models\\Item', 'src/Models/Item.php'],
    ['an included file', 'web/a.php', '/inc/b.php', 'web/inc/b.php'],
  ];
  it.each(cases)('%s', (_, from, spec, to, others = []) => {
    const all = Object.fromEntries([...others, to].map((path) => [path, path.endsWith('.svelte') ? null : {}]));
    const { targets, dependents } = graph({ [from]: { imports: [spec] }, ...all });
    expect(targets(from)).toEqual([to]);
    expect(dependents(to)).toBe(1);
  });

  it('the modules that are imported from a package', () => {
    const { targets } = graph({
      'a.py': { imports: ['shop', '.'], uses: { item: 1, beside: 1, other: 1 } },
      'beside.py': {},
      'shop/__init__.py': {},
      'shop/item.py': {},
      'shop/unused.py': {},
    });
    expect(targets('a.py')).toEqual(['beside.py', 'shop/__init__.py', 'shop/item.py']);
  });

  it('those files of a Go package that define what is used', () => {
    const { targets } = graph({
      'cmd/main.go': { imports: ['example.org/shop/store', 'fmt'], uses: { NewStore: 1, Println: 1 } },
      'store/store.go': { defines: ['NewStore'] },
      'store/other.go': { defines: ['Unrelated'] },
      'fmt/print.go': { defines: ['Println'] },
    });
    expect(targets('cmd/main.go')).toEqual(['store/store.go']);
  });

  it('nothing that is not listed, and never to itself', () => {
    const { targets } = graph({ 'a.ts': { imports: ['react', './gone', './a', '../../../etc/passwd', '', '.', '/'] }, 'react.ts': {} });
    expect(targets('a.ts')).toEqual([]);
  });
});

describe('a name', () => {
  const user = (uses: Record<string, number>, imports = ['./b', './c']): Source => ({ uses, imports });
  const added = (uses: Record<string, number>, defines: Source['defines']) => {
    const sources = { 'b.ts': { defines: defines ?? [] }, 'c.ts': {} };
    return (
      graph({ ...sources, 'a.ts': user(uses) }).weight('a.ts', 'b.ts') - graph({ ...sources, 'a.ts': user({}) }).weight('a.ts', 'b.ts')
    );
  };

  it('tells the more, the longer it is; one of two letters tells nothing', () => {
    const [two, four, eight, twenty] = ['id', 'load', 'loadItem', 'loadItemsFromTheShop'].map((name) => added({ [name]: 1 }, [name]));
    expect(two).toBe(0);
    expect(four).toBeGreaterThan(0);
    expect(eight).toBeGreaterThan(four ?? 0);
    expect(twenty).toBe(eight);
  });

  it('counts by the logarithm of its uses', () => {
    const [one, two, hundred] = [1, 2, 100].map((count) => added({ loadItem: count }, ['loadItem']));
    expect(two).toBe(2 * (one ?? 0));
    expect(hundred).toBeLessThan(10 * (one ?? 0));
  });

  it('that the file defines itself leads nowhere', () => {
    const { weight } = graph({ 'a.rb': { defines: ['loadItem'], uses: { loadItem: 3 } }, 'b.rb': { defines: ['loadItem'] } });
    expect(weight('a.rb', 'b.rb')).toBe(0);
  });

  it('of a field, or of what stands in a function, leads nowhere', () => {
    expect(added({ loadItem: 1 }, [{ name: 'loadItem', kind: 'field' }])).toBe(0);
    expect(added({ loadItem: 1 }, ['outer', { name: 'loadItem', within: ['outer'] }])).toBe(0);
    expect(
      added({ loadItem: 1 }, [
        { name: 'Shop', kind: 'class' },
        { name: 'loadItem', kind: 'method', within: ['Shop'] },
      ]),
    ).toBeGreaterThan(0);
  });

  it('is looked for in what is imported, then in what that imports', () => {
    const sources = { 'b.ts': { imports: ['./c'] }, 'c.ts': { defines: ['loadItem'] }, 'd.ts': { defines: ['loadItem'] } };
    expect(graph({ ...sources, 'a.ts': user({ loadItem: 1 }, ['./b']) }).targets('a.ts')).toEqual(['b.ts', 'c.ts']);
    expect(graph({ ...sources, 'a.ts': user({ loadItem: 1 }, ['./b', './d']) }).targets('a.ts')).toEqual(['b.ts', 'd.ts']);
  });

  it('needs an import where the language needs one', () => {
    expect(graph({ 'a.ts': { uses: { loadItem: 1 } }, 'b.ts': { defines: ['loadItem'] } }).targets('a.ts')).toEqual([]);
    expect(
      graph({ 'x/a.go': { uses: { loadItem: 1 } }, 'x/b.go': { defines: ['loadItem'] }, 'y/c.go': { defines: ['loadItem'] } }).targets(
        'x/a.go',
      ),
    ).toEqual(['x/b.go']);
    expect(graph({ 'x/a.cs': { uses: { LoadItem: 1 } }, 'y/b.cs': { defines: ['LoadItem'] } }).targets('x/a.cs')).toEqual(['y/b.cs']);
  });

  it('of one language is none of another', () => {
    const { targets } = graph({ 'a.rb': { uses: { loadItem: 1 } }, 'b.cs': { defines: ['loadItem'] }, 'c.go': { defines: ['loadItem'] } });
    expect(targets('a.rb')).toEqual([]);
    expect(
      graph({ 'a.ts': { uses: { loadItem: 1 }, imports: ['./b.js'] }, 'b.js': { defines: ['loadItem'] } }).weight('a.ts', 'b.js'),
    ).toBeGreaterThan(3);
  });

  it('that several files define is shared among them, and one that very many define says nothing', () => {
    const defined = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i}.cs`, { defines: ['LoadItem'] }]));
    const one = graph({ 'a.cs': { uses: { LoadItem: 1 } }, ...defined(1) });
    const four = graph({ 'a.cs': { uses: { LoadItem: 1 } }, ...defined(4) });
    const many = graph({ 'a.cs': { uses: { LoadItem: 1 } }, ...defined(40) });
    expect(four.weight('a.cs', 'd3.cs')).toBe(one.weight('a.cs', 'd0.cs') / 4);
    expect(many.targets('a.cs')).toEqual([]);
    expect([one.dependents('d0.cs'), four.dependents('d0.cs')]).toEqual([1, 0]);
  });
});

it('keeps the strongest edges of a file that uses everything', () => {
  const all = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`f${n}.cs`, { defines: [`Name${n}Long`] }]));
  const uses = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`Name${n}Long`, n + 1]));
  const kept = graph({ ...all, 'user.cs': { uses } }).targets('user.cs');
  expect(kept).toHaveLength(64);
  expect(kept).toEqual(expect.arrayContaining(['f99.cs', 'f36.cs']));
});

it('copes with thousands of files that define and use tens of thousands of names', () => {
  const files = Array.from({ length: 2000 }, (_, i) =>
    // Files of one folder, each with names of its own, names that all share, and uses of both: what would be quadratic if anything were.
    file(`all/f${String(i).padStart(4, '0')}.cs`, {
      defines: ['Initialise', 'Finish', ...Array.from({ length: 20 }, (_, n) => `Name${i}_${n}`)],
      uses: { Common: 1, ...Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`Name${(i * 7 + n * 13) % 2000}_${n % 20}`, n + 1])) },
    }),
  );
  const start = performance.now();
  const { edges } = fileGraph(files);
  expect(Math.max(...edges.map((each) => each.size))).toBeLessThanOrEqual(64);
  expect(edges.reduce((sum, each) => sum + each.size, 0)).toBeGreaterThan(50_000);
  // Half a second; a quadratic step would take minutes.
  expect(performance.now() - start).toBeLessThan(30_000);
});
