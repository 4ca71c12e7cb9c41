/** The index over exact text: what comes first, what a file's newest version is, and that nothing in it is an instruction. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Definition, FileCode } from '../../../../src/repo';
import { below, seeded } from '../../../../src/sidecar/random';
import { recallForCursor } from '../../../../src/sidecar/recall/cursor';
import { createRecallIndex } from '../../../../src/sidecar/recall/recallIndex';
import type { RecallCandidate, RecallIndex } from '../../../../src/sidecar/recall/types';

let index: RecallIndex;
beforeEach(async () => void (index = await createRecallIndex()));
afterEach(() => index.close());

const places = (candidates: readonly RecallCandidate[]) =>
  candidates.map(({ path, startLine, endLine, why }) => `${path}:${startLine}-${endLine} ${why}`);
const search = (text: string, more: { history?: string[]; present?: RecallCandidate[] } = {}) => index.search({ text, ...more });
/** @param places name, first, name's, head's last and last line, and what it is in */
const code = (...places: [name: string, lines: [number, number, number, number], within?: string[]][]): FileCode => ({
  language: 'x',
  definitions: places.map(([name, [startLine, nameLine, signatureEndLine, endLine], within = []]): Definition => ({
    name,
    kind: 'function',
    within,
    startLine,
    nameLine,
    signatureEndLine,
    endLine,
  })),
  references: [],
  imports: [],
  roles: [],
});
const numbered = (count: number, change: Record<number, string> = {}) =>
  Array.from({ length: count }, (_, i) => change[i + 1] ?? `filler ${i + 1}`).join('\n');

describe('what comes first', () => {
  it('is the definition, whole with its documentation where it is short; then the text that mentions it', () => {
    index.put('src/use.ts', 'start();\nrun(LIMIT_A);\nend();\n', undefined);
    index.put(
      'src/limits.ts',
      'import x;\n\n/** How many.\n * Really. */\nexport const LIMIT_A = 4711;\n\nexport const OTHER = 2;\n',
      undefined,
    );
    const found = search('What is the value of LIMIT_A?');
    expect(places(found)).toEqual(['src/limits.ts:3-5 defines LIMIT_A', 'src/use.ts:1-3 mentions LIMIT_A']);
    expect(found[0]).toMatchObject({ at: 5, text: '/** How many.\n * Really. */\nexport const LIMIT_A = 4711;' });
  });

  it('is followed by what a short definition is made of, one step far', () => {
    index.put('src/a.ts', 'export const LONGEST_WAIT = BASE_WAIT;\n', code(['LONGEST_WAIT', [1, 1, 1, 1]]));
    index.put('src/b.ts', 'export const BASE_WAIT = ROOT_WAIT * 2;\n', code(['BASE_WAIT', [1, 1, 1, 1]]));
    index.put('src/c.ts', 'export const ROOT_WAIT = 7;\n', code(['ROOT_WAIT', [1, 1, 1, 1]]));
    const found = search('What is the value of LONGEST_WAIT?');
    expect(places(found).slice(0, 2)).toEqual([
      'src/a.ts:1-1 defines LONGEST_WAIT',
      'src/b.ts:1-1 defines BASE_WAIT, used by LONGEST_WAIT',
    ]);
    expect(found.some(({ path }) => path === 'src/c.ts')).toBe(false);
    // Near enough to the best one to be chosen, and never before it.
    expect(found[1]!.score).toBeGreaterThan(found[0]!.score / 2);
    expect(found[1]!.score).toBeLessThan(found[0]!.score);
  });

  it('is not followed where a definition is long', () => {
    index.put('src/a.ts', `export const TABLE = [\n${'  BASE_WAIT,\n'.repeat(5)}];\n`, code(['TABLE', [1, 1, 1, 7]]));
    index.put('src/b.ts', 'export const BASE_WAIT = 2;\n', code(['BASE_WAIT', [1, 1, 1, 1]]));
    expect(places(search('What is the value of TABLE?')).filter((place) => place.includes('used by'))).toEqual([]);
  });

  it('is the head of a long definition, and the lines in it that the question is about', () => {
    index.put(
      'a.cpp',
      numbered(120, { 40: '// doc', 41: 'int long_one(', 42: '  int x) {', 90: '  the quota is here', 101: '}' }),
      code(['long_one', [40, 41, 42, 101]]),
    );
    const [head, inside] = search('How does long_one() check the quota?');
    expect(head).toMatchObject({ startLine: 40, endLine: 42, at: 41, why: 'defines long_one' });
    expect(inside).toMatchObject({ at: 90, why: 'mentions quota' });
    expect(inside!.startLine).toBeGreaterThan(42);
    expect(inside!.endLine - inside!.startLine).toBeLessThan(16);
  });

  it('is the one in what was named before the dot', () => {
    index.put('a.ts', numbered(30), code(['open', [3, 3, 3, 6], ['Door']]));
    index.put('b.ts', numbered(30), code(['open', [7, 7, 7, 9], ['Store']]));
    expect(places(search('What does Store.open return?'))[0]).toBe('b.ts:7-9 defines open');
    expect(places(search('What does Door::open return?'))[0]).toBe('a.ts:3-6 defines open');
  });

  it('is in any case only when no name is written like that', () => {
    index.put('a.ts', 'const maxSize = 33;\n', undefined);
    expect(places(search('What is MAX_SIZE or MAXSIZE?'))[0]).toBe('a.ts:1-1 defines maxSize');
    index.put('b.ts', 'const MAXSIZE = 44;\n', undefined);
    expect(places(search('What is MAXSIZE?'))[0]).toBe('b.ts:1-1 defines MAXSIZE');
  });

  it('is a file that was named, from its beginning or around its line', () => {
    index.put('src/memory/manifest.ts', numbered(200), undefined);
    index.put('src/notmanifest.ts', numbered(20), undefined);
    expect(places(search('what is in manifest.ts?'))).toEqual(['src/memory/manifest.ts:1-16 is manifest.ts']);
    expect(search('see memory/manifest.ts:120')[0]).toMatchObject({ path: 'src/memory/manifest.ts', at: 120, startLine: 115 });
    expect(search('see memory/manifest.ts:999').filter(({ why }) => why.startsWith('is '))).toEqual([]);
  });

  it('is text with the rarest words, in identifiers as well', () => {
    index.put('a.ts', 'the cache is read\nthe cache is full\n', undefined);
    index.put('b.ts', 'function readManifestFile() {\n  cache();\n}\n', undefined);
    expect(places(search('Who reads manifests?'))[0]).toBe('b.ts:1-3 mentions reads, manifests');
    expect(places(search('Where does "cache is full" come from?'))[0]).toMatch(/^a\.ts:1-2 mentions cache is full/);
    expect(search('zebra')).toEqual([]);
  });

  it('prefers who mentions a name when that is asked for', () => {
    index.put('def.ts', 'export const KEY_A = 4711;\n', undefined);
    for (let i = 0; i < 3; i++) index.put(`use${i}.ts`, `send(KEY_A, ${i});\n`, undefined);
    const scores = (question: string) => search(question).map(({ score }) => score);
    const [defined, used] = scores('Where is KEY_A used?');
    expect(used! / defined!).toBeGreaterThan(0.5);
    const [alone, mentioned] = scores('What is KEY_A?');
    expect(mentioned! / alone!).toBeLessThan(0.5);
  });

  it('lets earlier turns count less than the question', () => {
    index.put('a.ts', 'const OLD_KEY = 4711;\n', undefined);
    index.put('b.ts', 'const NEW_KEY = 4712;\n', undefined);
    const found = places(search('And NEW_KEY?', { history: ['What is OLD_KEY?', 'It is 4711.'] }));
    expect(found).toEqual(['b.ts:1-1 defines NEW_KEY', 'a.ts:1-1 defines OLD_KEY']);
  });
});

describe('what is there already', () => {
  const text = numbered(40, { 20: 'const LIMIT_A = 4711;' });
  it('is not brought again, and cut off where it overlaps', () => {
    index.put('a.ts', text, undefined);
    const present = (startLine: number, endLine: number, path = 'a.ts') => [{ path, startLine, endLine }] as RecallCandidate[];
    expect(search('LIMIT_A', { present: present(20, 20) }).filter(({ at }) => at === 20)).toEqual([]);
    expect(search('LIMIT_A', { present: present(1, 40) })).toEqual([]);
    expect(search('LIMIT_A', { present: present(1, 40, 'b.ts') })[0]).toMatchObject({ startLine: 20 });
    const [rest] = search('see a.ts:20', { present: present(1, 18) });
    expect([rest!.startLine, rest!.text.split('\n')[0]]).toEqual([19, 'filler 19']);
  });

  it('candidates do not overlap, and their text is what the lines say', () => {
    const random = seeded(5);
    const files = new Map<string, string[]>();
    for (let i = 0; i < 12; i++) {
      const lines = Array.from({ length: 20 + below(random, 200) }, () => `word${below(random, 30)} name_${below(random, 30)} x`);
      const places = Array.from({ length: 8 }, (): Parameters<typeof code>[number] => {
        const start = 1 + below(random, lines.length - 1);
        const end = Math.min(lines.length, start + below(random, 60));
        return [`name_${below(random, 30)}`, [start, start, start, end]];
      });
      files.set(`f${i}.ts`, lines);
      index.put(`f${i}.ts`, lines.join('\n'), code(...places));
    }
    for (let round = 0; round < 30; round++) {
      const present = [{ path: `f${below(random, 12)}.ts`, startLine: 5, endLine: 5 + below(random, 50) }] as RecallCandidate[];
      const found = search(`name_${below(random, 30)} word${below(random, 30)} f${below(random, 12)}.ts`, { present });
      expect(found.length).toBeGreaterThan(0);
      const seen = new Set<string>();
      for (const { path, startLine, endLine, at, text: shown } of found) {
        expect(shown).toBe(
          files
            .get(path)!
            .slice(startLine - 1, endLine)
            .join('\n'),
        );
        expect(at >= startLine && at <= endLine).toBe(true);
        for (let line = startLine; line <= endLine; line++) {
          expect(seen.has(`${path}:${line}`)).toBe(false);
          seen.add(`${path}:${line}`);
          if (path === present[0]!.path) expect(line < present[0]!.startLine || line > present[0]!.endLine).toBe(true);
        }
      }
      expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
    }
  });
});

describe('the newest version', () => {
  it('takes the place of the one before, and a removed file is gone', () => {
    index.put('a.ts', 'const ONE_X = 11;\n', undefined);
    index.put('a.ts', 'const TWO_X = 22;\n', undefined);
    expect(search('ONE_X')).toEqual([]);
    expect(places(search('TWO_X'))).toEqual(['a.ts:1-1 defines TWO_X']);
    index.remove('a.ts');
    index.remove('never.ts');
    expect([search('TWO_X'), index.files]).toEqual([[], 0]);
  });

  it('counts alone for how rare a word is', () => {
    for (let i = 0; i < 40; i++) index.put(`f${i}.ts`, `filler text ${i}\n`, undefined);
    for (let i = 0; i < 100; i++) index.put('a.ts', 'zebra stripes\n', undefined);
    index.put('a.ts', 'gone\n', undefined);
    index.put('b.ts', 'zebra zebra\n', undefined);
    index.put('c.ts', 'lion mane\n', undefined);
    expect(places(search('zebra lion'))).toEqual(['b.ts:1-1 mentions zebra', 'c.ts:1-1 mentions lion']);
  });

  it('is found as if nothing had been there before', async () => {
    const random = seeded(9);
    const current = new Map<string, string>();
    const text = () =>
      Array.from({ length: 1 + below(random, 90) }, () => `const N${below(random, 300)}_X = ${below(random, 99)};`).join('\n');
    for (let step = 0; step < 150; step++) {
      const path = `f${below(random, 9)}.ts`;
      if (below(random, 4) === 0) {
        current.delete(path);
        index.remove(path);
      } else {
        current.set(path, text());
        index.put(path, current.get(path)!, undefined);
      }
    }
    const fresh = await createRecallIndex();
    for (const [path, content] of current) fresh.put(path, content, undefined);
    expect(index.files).toBe(current.size);
    for (let n = 0; n < 300; n++) {
      const defined = (candidates: RecallCandidate[]) =>
        places(candidates)
          .filter((place) => place.includes('defines'))
          .toSorted();
      expect(defined(search(`N${n}_X`))).toEqual(defined(fresh.search({ text: `N${n}_X` })));
    }
    fresh.close();
  });

  it('of files whose lines end otherwise has the same lines', () => {
    index.put('dos.ts', 'a\r\nconst LIMIT_A = 11;\r\nb\r\n', undefined);
    index.put('mac.ts', 'a\rconst LIMIT_B = 12;\rb', undefined);
    expect(search('LIMIT_A')[0]).toMatchObject({ startLine: 2, text: 'const LIMIT_A = 11;' });
    expect(search('LIMIT_B')[0]).toMatchObject({ startLine: 2, text: 'const LIMIT_B = 12;' });
  });
});

describe('hostile input is data', () => {
  const hostile = [
    `"`,
    `" OR words:*`,
    `NEAR(a b)`,
    `words : x AND NOT "y`,
    `^start -minus +plus {brace} (paren`,
    `x'); DROP TABLE symbol; --`,
    `\0nul\0inside`,
    `\ud800 lone`,
    `‮right to left`,
    `*`,
    `a`.repeat(100_000),
    '"'.repeat(5000),
    `'say "no way OR (x'`,
    '`a" b\0c* "d`',
  ];

  it('in a question, a history and what is present', () => {
    index.put('a.ts', 'const LIMIT_A = 11; // "quoted" NEAR words AND NOT\n', undefined);
    for (const text of hostile) {
      expect(
        () => search(text, { history: hostile, present: [{ path: text, startLine: -5, endLine: 1e9 }] as RecallCandidate[] }),
        text,
      ).not.toThrow();
      expect(
        places(search(`${text} LIMIT_A`)).some((place) => place.startsWith('a.ts:1-1 defines')),
        text.slice(0, 40),
      ).toBe(true);
    }
  });

  it('in a path, a text and a name', () => {
    for (const text of hostile) {
      index.put(
        text,
        `${text}\nconst LIMIT_${hostile.indexOf(text)}_Z = 4711;\n`,
        code([text, [1, 1, 1, 2]], ['LIMIT_A', [-3, 99, 99, 1e9]]),
      );
      index.put(`plain ${text}`, `${text}\nconst PLAIN_${hostile.indexOf(text)}_Z = 4711;\n`, undefined);
    }
    expect(index.files).toBe(2 * hostile.length);
    for (const [i, text] of hostile.entries()) {
      expect(search(`PLAIN_${i}_Z`)[0]?.path, text.slice(0, 40)).toBe(`plain ${text}`);
      const defined = search('LIMIT_A').filter(({ why }) => why === 'defines LIMIT_A');
      expect(defined.length).toBeGreaterThan(0);
      expect(defined.every(({ startLine, endLine }) => startLine >= 1 && endLine <= 3)).toBe(true);
    }
    for (const text of hostile) index.remove(text);
    expect(index.files).toBe(hostile.length);
    expect(search('LIMIT_A')).toEqual([]);
  });

  it('of no text at all', () => {
    index.put('empty.ts', '', undefined);
    index.put('blank.ts', '\n\n\n', code(['nothing', [1, 1, 1, 3]]));
    expect([index.files, search('nothing'), search('empty.ts')]).toEqual([2, [], []]);
  });
});

describe('at a cursor', () => {
  const count = (text: string) => text.split(/\b/).length;
  const cursor = {
    path: 'here.ts',
    line: 3,
    before: 'function send(x) {}\nconst a = LIMIT_A;\nsend(openDoor(',
    after: '\nclose(LIMIT_B);\n',
  };

  it('are the definitions of the names around it that it cannot see', () => {
    index.put('door.ts', 'export function openDoor(key) {\n  return key;\n}\n\nfunction unrelated() {}\n', undefined);
    index.put('limits.ts', 'const LIMIT_A = 11;\nconst LIMIT_B = 12;\nconst LIMIT_C = 13;\n', undefined);
    index.put('here.ts', 'function send(x) {}\nconst a = LIMIT_A;\nsend(openDoor(\nclose(LIMIT_B);\n\nfunction close(x) {}\n', undefined);
    const spans = recallForCursor(index, cursor, { budget: 300, count });
    expect(spans.map(({ path, startLine, endLine }) => [path, startLine, endLine])).toEqual([
      ['here.ts', 6, 6],
      ['limits.ts', 1, 2],
      ['door.ts', 1, 3],
    ]);
    expect(recallForCursor(index, cursor, { budget: 28, count }).map(({ path }) => path)).toEqual(['door.ts']);
    expect(recallForCursor(index, cursor, { budget: 0, count })).toEqual([]);
  });

  it('are none where nothing is defined', () => {
    expect(recallForCursor(index, cursor, { budget: 300, count })).toEqual([]);
    expect(recallForCursor(index, { path: 'x', line: 1, before: '', after: '' }, { budget: 300, count })).toEqual([]);
  });
});

describe('symbols', () => {
  const named = (query: string, path?: string) =>
    index.symbols(query, path).map(({ name, path: at, nameLine }) => `${at}:${nameLine} ${name}`);
  beforeEach(() => {
    index.put('a.py', numbered(9), code(['read', [1, 2, 2, 3]], ['readAll', [4, 4, 4, 5]], ['spread', [6, 6, 6, 7]]));
    index.put('b.py', numbered(9), code(['Reader', [1, 1, 1, 2]], ['re_ad', [3, 3, 3, 4]], ['read', [5, 5, 5, 9]]));
  });

  it('are found by their names: exactly so first, then what begins with it, holds it, or has its letters in this order', () => {
    expect(named('read')).toEqual(['a.py:2 read', 'b.py:5 read', 'b.py:1 Reader', 'a.py:4 readAll', 'a.py:6 spread', 'b.py:3 re_ad']);
    expect(named('rdl')).toEqual(['a.py:4 readAll']);
    expect(named('nothing')).toEqual([]);
    expect(index.symbols('readAll')).toEqual([{ name: 'readAll', path: 'a.py', startLine: 4, nameLine: 4, endLine: 5 }]);
  });

  it('of one file are those of its newest version, and of an unknown file none', () => {
    expect(named('read', 'b.py')).toEqual(['b.py:5 read', 'b.py:1 Reader', 'b.py:3 re_ad']);
    index.put('b.py', numbered(3), code(['other', [1, 1, 1, 1]]));
    expect(named('read', 'b.py')).toEqual([]);
    expect(named('read', 'c.py')).toEqual([]);
  });

  it.each(['%', '_', '\\', "'", '"', '%_%', '\0'])('%j is a letter like any other', (query) => {
    expect(named(query)).toEqual(query === '_' ? ['b.py:3 re_ad'] : []);
  });

  it('without a query are some of all, and never without an end', () => {
    index.put(
      'c.py',
      numbered(300),
      code(...Array.from({ length: 300 }, (_, i): [string, [number, number, number, number]] => [`f${i}`, [i + 1, i + 1, i + 1, i + 1]])),
    );
    expect(index.symbols('')).toHaveLength(50);
    expect(index.symbols('f'.repeat(30_000))).toEqual([]);
  });
});
