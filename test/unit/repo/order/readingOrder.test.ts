/** The order in which a repository is read. */
import { describe, expect, it } from 'vitest';
import { readingOrder, type OrderedInput } from '../../../../src/repo';
import { file, type Source } from './sources';

const day = 86_400;
const now = 1_800_000_000;
const paths = (inputs: readonly OrderedInput[]) => readingOrder(inputs, now).map(({ path }) => path);

const input = (path: string, changedAt?: number, source?: Source): OrderedInput => ({
  path,
  changedAt,
  code: source && file(path, source).code,
});
/** A repository of six folders, most of it long untouched, with a file that a third of it imports. */
function repository(count = 60): OrderedInput[] {
  const files = Array.from({ length: count }, (_, i) =>
    input(
      `src/part${i % 6}/file${i}.ts`,
      now - (count - i) * day,
      i % 3 === 0 ? { imports: ['../shared/base'], defines: [`define${i}`] } : {},
    ),
  );
  return [
    ...files,
    input('src/shared/base.ts', now - 1000 * day, { defines: ['baseOfAll'] }),
    input('README.md', now - 900 * day),
    input('LICENSE', now - 950 * day),
  ];
}

/** How many files have to be taken out and put elsewhere to make one order of the other. */
function moved(before: readonly string[], after: readonly string[]): number {
  const place = new Map(before.map((path, index) => [path, index]));
  // The longest run of files that stand in the same order in both.
  const tails: number[] = [];
  for (const path of after) {
    const at = place.get(path) ?? -1;
    const next = tails.findIndex((tail) => tail >= at);
    tails[next < 0 ? tails.length : next] = at;
  }
  return after.length - tails.length;
}

describe('the order', () => {
  it('holds every file once, wherever it stood before', () => {
    const inputs = repository();
    const order = paths(inputs);
    expect(order.toSorted()).toEqual(inputs.map(({ path }) => path).toSorted());
    expect(paths(inputs.toReversed())).toEqual(order);
    expect(paths(inputs.toSorted((a, b) => a.path.length - b.path.length || (a.path < b.path ? 1 : -1)))).toEqual(order);
  });

  it('of no file, one file and files that git does not know is simple', () => {
    expect(readingOrder([])).toEqual([]);
    expect(paths([input('a.ts')])).toEqual(['a.ts']);
    expect(paths([input('b/z.md'), input('b/a.md'), input('z.md'), input('a/b/c.md'), input('a/d.md')])).toEqual([
      'z.md',
      'a/d.md',
      'a/b/c.md',
      'b/a.md',
      'b/z.md',
    ]);
  });

  it('ends with what was changed last and begins with what was not', () => {
    const order = paths(repository());
    const place = (n: number) => order.indexOf(`src/part${n % 6}/file${n}.ts`);
    expect(place(59)).toBeGreaterThan(50);
    expect(place(1)).toBeLessThan(35);
  });

  it('puts what much depends on late, however old it is', () => {
    const order = paths(repository());
    expect(order.indexOf('src/shared/base.ts')).toBeGreaterThan(55);
    const lonely = repository().map((each) => ({ ...each, code: each.code && { ...each.code, imports: [] } }));
    expect(paths(lonely).indexOf('src/shared/base.ts')).toBeLessThan(35);
  });

  it('puts nothing late for what is only a guess', () => {
    // Two files define the name that ten others use: nobody can tell which of them they mean.
    const guess = [0, 1].map((n) => input(`a${n}.cs`, now - 500 * day, { defines: ['LoadItem'] }));
    const users = Array.from({ length: 10 }, (_, n) => input(`b${n}.cs`, now - n * day, { uses: { LoadItem: 5 } }));
    expect(readingOrder([...guess, ...users], now).slice(0, 2)).toEqual([
      { path: 'a0.cs', why: 'changed 1 year ago' },
      { path: 'a1.cs', why: 'changed 1 year ago' },
    ]);
  });

  it('takes what git does not know for the oldest', () => {
    const known = Array.from({ length: 9 }, (_, n) => input(`known${n}.md`, now - n * day));
    expect(paths([...known, input('zzz.md')]).indexOf('zzz.md')).toBeLessThan(5);
  });

  it('reads the folder with the most depended-upon file of a stage last, and all of its files with it', () => {
    const users = (to: string, count: number) =>
      Array.from({ length: count }, (_, n) => input(`users/${to}${n}.ts`, 0, { imports: [`../${to}/core`] }));
    const order = paths([
      input('z/core.ts', 0, {}),
      input('a/core.ts', 0, {}),
      input('a/aside.md', now),
      ...users('z', 4),
      ...users('a', 90),
    ]);
    expect(order.slice(-3)).toEqual(['z/core.ts', 'a/aside.md', 'a/core.ts']);
  });

  it('reads the folders within a folder before its neighbours', () => {
    expect(paths(['a/x.md', 'a-b/x.md', 'a/b/x.md', 'a.b/x.md'].map((path) => input(path)))).toEqual([
      'a/x.md',
      'a/b/x.md',
      'a-b/x.md',
      'a.b/x.md',
    ]);
  });

  it('leaves copied code where its last change puts it', () => {
    const vendored = repository().map((each) => ({
      ...each,
      path: each.path.replace('shared', 'vendor'),
      code: each.code && { ...each.code, imports: each.code.imports.map((spec) => spec.replace('shared', 'vendor')) },
    }));
    expect(paths(vendored).indexOf('src/vendor/base.ts')).toBeLessThan(35);
  });

  it('learns nothing from one commit that holds everything', () => {
    const same = repository().map((each) => ({ ...each, code: undefined, changedAt: now }));
    const unknown = same.map((each) => ({ ...each, changedAt: undefined }));
    expect(paths(same)).toEqual(paths(unknown));
  });

  it('begins with the README and the manifest, unless they were changed lately', () => {
    const manifest = input('package.json', now - 940 * day);
    expect(paths([...repository(), manifest]).slice(0, 3)).toEqual(['README.md', 'package.json', 'LICENSE']);
    const fresh = paths([...repository().filter(({ path }) => path !== 'README.md'), manifest, input('README.md', now)]);
    expect(fresh[0]).toBe('package.json');
    // The last stage opens with it: all that follows belongs to the newest or the most depended-upon.
    expect(fresh.indexOf('README.md')).toBeGreaterThan(50);
  });

  it('begins each folder of a workspace, and each folder within, in the same way', () => {
    expect(
      paths(
        ['one/a.md', 'one/readme', 'one/Cargo.toml', 'two/a.md', 'two/README.md', 'two/x/a.md', 'two/x/README.md'].map((path) =>
          input(path),
        ),
      ),
    ).toEqual(['one/readme', 'two/README.md', 'one/Cargo.toml', 'one/a.md', 'two/a.md', 'two/x/README.md', 'two/x/a.md']);
  });

  it('keeps the files of a folder together, four runs of it at most', () => {
    const order = paths(repository(300)).map((path) => path.slice(0, path.lastIndexOf('/')));
    for (const folder of new Set(order))
      expect(order.filter((each, i) => each === folder && order[i - 1] !== folder).length).toBeLessThanOrEqual(4);
  });
});

describe('a change', () => {
  it.each([0, 7, 100, 150, 199])('of file %i moves it to the end and hardly anything else', (n) => {
    const inputs = repository(200);
    const path = `src/part${n % 6}/file${n}.ts`;
    const after = inputs.map((each) =>
      each.path === path ? input(path, now, { imports: ['../part1/file1'], uses: { define3: 2 } }) : each,
    );
    const order = paths(after);
    expect(order.indexOf(path)).toBeGreaterThan(0.9 * 200 - 5);
    expect(moved(paths(inputs), order)).toBeLessThanOrEqual(6);
  });

  it('of the time of day moves nothing', () => {
    const inputs = repository();
    const at = (time: number) => readingOrder(inputs, time).map(({ path }) => path);
    expect(at(now + 400 * day)).toEqual(at(now));
  });

  it('that adds or removes a file leaves the others where they are', () => {
    const inputs = repository(200);
    const without = paths(inputs.filter((_, i) => i !== 42));
    expect(
      moved(
        paths(inputs).filter((path) => without.includes(path)),
        without,
      ),
    ).toBeLessThanOrEqual(6);
  });
});

describe('what is said of a file', () => {
  const why = (changedAt: number | undefined, dependents = 0) =>
    readingOrder(
      [input('a.ts', changedAt, {}), ...Array.from({ length: dependents }, (_, i) => input(`user${i}.ts`, 0, { imports: ['./a'] }))],
      now,
    ).find(({ path }) => path === 'a.ts')?.why;

  it.each([
    [now, 'changed just now'],
    [now + 5 * day, 'changed just now'],
    [now - 59, 'changed just now'],
    [now - 60, 'changed 1 minute ago'],
    [now - 5 * 3600 - 100, 'changed 5 hours ago'],
    [now - 3 * day, 'changed 3 days ago'],
    [now - 20 * day, 'changed 2 weeks ago'],
    [now - 100 * day, 'changed 3 months ago'],
    [now - 800 * day, 'changed 2 years ago'],
    [0, 'changed 57 years ago'],
    [undefined, 'not in the history'],
  ])('that was changed at %s: %s', (changedAt, words) => expect(why(changedAt)).toBe(words));

  it('counts those who depend on it', () => {
    expect(why(now - 3 * day, 1)).toBe('changed 3 days ago; 1 file depends on it');
    expect(why(undefined, 14)).toBe('not in the history; 14 files depend on it');
  });
});
