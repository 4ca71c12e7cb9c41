/** Constants to be asked for: one meaning each, no value that can be guessed, spread over everything, the same for a seed. */
import { describe, expect, it } from 'vitest';
import type { FileCode } from '../../../../src/repo';
import { drawNeedles, withoutQuotes, type SourceFile } from '../../../../src/sidecar/recall/needles';

const file = (path: string, text: string, code?: FileCode): SourceFile => ({ path, text, code });
const many = (count: number) =>
  Array.from({ length: count }, (_, i) => file(`f${i}.ts`, `import x;\nconst NAME_${i} = ${1000 + i};\nrun(NAME_${i});\n`));
const names = (files: SourceFile[], count = 99) => drawNeedles(files, count).map(({ name }) => name);

describe('needles', () => {
  it('tell name, value, place and depth', () => {
    const needles = drawNeedles([file('a.ts', 'x;\n'), file('b.py', "'''doc'''\nMAX_WAIT = 'ten'\n")], 5);
    expect(needles).toEqual([{ name: 'MAX_WAIT', value: "'ten'", path: 'b.py', line: 2, depth: 3 / 5 }]);
  });

  it.each(['0', '1', '-1', '1.0', '0u', 'true', "''", '"x"', '7', "'name_a'", "'NAME-A'"])(
    'leave out the value %s, which is guessed',
    (value) => {
      expect(names([file('a.ts', `const NAME_A = ${value};\n`)])).toEqual([]);
    },
  );

  it.each(['42', '0.25', '-32800', '0x1F', "'ab'", '10'])('take the value %s', (value) => {
    expect(names([file('a.ts', `const NAME_A = ${value};\n`)])).toEqual(['NAME_A']);
  });

  it.each(['const NAME_A = 43;', '#define NAME_A 43', 'options = { NAME_A: 43 }', 'NAME_A = 43', 'let x = 1, NAME_A = 2'])(
    'leave out a name with a second meaning: %s',
    (line) => {
      expect(names([file('a.ts', 'const NAME_A = 42;\nconst NAME_B = 42;\n'), file('b.c', `${line}\n`)])).toEqual(['NAME_B']);
    },
  );

  it.each(['if (x == NAME_A) {', 'run(NAME_A);', 'y => NAME_A', 'NAME_A => y', 'NAME_A::x'])('do not mind a use: %s', (line) => {
    expect(names([file('a.ts', 'const NAME_A = 42;\n'), file('b.c', `${line}\n`)])).toEqual(['NAME_A']);
  });

  it('come from what the grammar found where there is one, and only constants', () => {
    const definition = (name: string, kind: 'constant' | 'variable' | 'function', nameLine: number, value?: string) => ({
      ...{ name, kind, within: [], startLine: nameLine, nameLine, signatureEndLine: nameLine, endLine: nameLine },
      ...(value === undefined ? {} : { value }),
    });
    const code: FileCode = {
      language: 'c',
      definitions: [
        definition('kept', 'constant', 2, '4096'),
        definition('changes', 'variable', 3, '4096'),
        definition('none', 'constant', 4),
      ],
      references: [],
      imports: [],
      roles: [],
    };
    const text = 'const PLAIN_A = 4711;\nauto kept{4096};\nauto changes{4096};\n';
    expect(drawNeedles([file('a.c', text, code)], 9).map(({ name, line }) => [name, line])).toEqual([['kept', 2]]);
  });

  it('are spread from the first file to the last, however few are asked for', () => {
    const depths = drawNeedles(many(400), 20).map(({ depth }) => depth);
    expect(depths).toHaveLength(20);
    for (const [i, depth] of depths.entries()) expect(Math.abs(depth - (i + 0.5) / 20)).toBeLessThan(0.5 / 20 + 1e-9);
  });

  it('fill up from elsewhere where a part has none', () => {
    const files = [...many(30), file('long.txt', 'nothing here\n'.repeat(1000))];
    const needles = drawNeedles(files, 20);
    expect(needles).toHaveLength(20);
    expect(new Set(needles.map(({ name }) => name)).size).toBe(20);
    expect(needles.map(({ depth }) => depth)).toEqual(needles.map(({ depth }) => depth).toSorted((a, b) => a - b));
  });

  it('are the same for a seed, others for another, and all there are when there are few', () => {
    expect(drawNeedles(many(200), 10, 3)).toEqual(drawNeedles(many(200), 10, 3));
    expect(drawNeedles(many(200), 10, 4)).not.toEqual(drawNeedles(many(200), 10, 3));
    expect(drawNeedles(many(6), 40)).toHaveLength(6);
    expect(drawNeedles([], 40)).toEqual([]);
  });
});

it('values are compared without their quotes', () => {
  expect(['"a"', "'a'", '`a`', 'a', `"a'`, '"'].map(withoutQuotes)).toEqual(['a', 'a', 'a', 'a', `"a'`, '"']);
});
