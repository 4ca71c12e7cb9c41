/** Held-out lines and what is said about them: which lines, of which class, how near a guess comes, how sure a difference is. */
import { describe, expect, it } from 'vitest';
import { pairedDifference } from '../../../../src/bench/completion/bootstrap';
import { meanInterval, typeLines } from '../../../../src/bench/completion/keystrokes';
import { candidates, definingFiles, drawPlaces, type HeldOutPlace, type SourceText } from '../../../../src/bench/completion/heldOutPlaces';
import { nearness } from '../../../../src/bench/completion/similarity';
import { percentiles } from '../../../../src/bench/completion/summary';
import type { FileCode } from '../../../../src/repo';
import { seeded } from '../../../../src/sidecar/random';

const filler = Array.from({ length: 5 }, (_, i) => `const lead${i} = ${i};`);

/** @param defines names at the top of the file @param local names inside functions */
function source(path: string, lines: string[], defines: string[] = [], roles: FileCode['roles'] = [], local: string[] = []): SourceText {
  const definition = (name: string, within: string[]) => ({
    name,
    kind: 'function' as const,
    within,
    startLine: 1,
    nameLine: 1,
    signatureEndLine: 1,
    endLine: 1,
  });
  const definitions = [...defines.map((name) => definition(name, [])), ...local.map((name) => definition(name, ['outer', 'inner']))];
  return { path, text: lines.join('\n'), code: { language: 'typescript', definitions, references: [], imports: [], roles } };
}

const kindsOf = (file: SourceText, elsewhere: Iterable<[string, number]> = []) =>
  candidates(file, new Map(elsewhere)).map(({ truth, kind }) => [truth, kind]);

describe('a line', () => {
  it.each([
    ['a bracket', '});'],
    ['a short one', 'a = lead1;'],
    ['a comment', '// lead1 lead2 lead3'],
    ['an import', 'import { lead1 } from lead2;'],
    ['a string', '"lead1 lead2 lead3"'],
    ['a very long one', `lead1 = ${'lead2 + '.repeat(20)}lead3;`],
    ['nothing', '   '],
    ['one whose only names stand in a string', 'lead1("lead2 lead3")'],
  ])('that is %s is not held out', (_, line) => {
    expect(kindsOf(source('a.ts', [...filler, line]))).toEqual([]);
  });

  it('inside what the parser calls a comment or an import is not held out', () => {
    const lines = [...filler, 'lead1 = lead2 + lead3;', 'lead2 = lead3 + lead4;', 'lead3 = lead4 + lead1;'];
    const roles: FileCode['roles'] = [
      { startLine: 6, endLine: 6, role: 'comment' },
      { startLine: 7, endLine: 7, role: 'import' },
      { startLine: 8, endLine: 8, role: 'signature' },
    ];
    expect(kindsOf(source('a.ts', lines, [], roles))).toEqual([['lead3 = lead4 + lead1;', 'in-file']]);
  });

  it('at the very beginning of a file is not held out', () => {
    const line = 'lead1 = lead2 + lead3;';
    expect(kindsOf(source('a.ts', ['lead1, lead2', 'lead3', 'lead4', 'lead5', line]))).toEqual([]);
    expect(kindsOf(source('a.ts', ['lead1, lead2', 'lead3', 'lead4', 'lead5', 'lead6', line]))).toEqual([[line, 'in-file']]);
  });

  it('is asked for behind its indentation, with the rest of the file as the suffix, whatever the line ends', () => {
    const text = [...filler, '  lead1 = lead2 + lead3;', '', 'end();'].join('\r\n');
    const [place, ...others] = candidates({ ...source('a.ts', []), text }, new Map());
    expect(place).toEqual({
      path: 'a.ts',
      line: 6,
      kind: 'in-file',
      prefix: `${filler.join('\n')}\n  `,
      truth: 'lead1 = lead2 + lead3;',
      suffix: '\n\nend();',
    });
    expect(others).toEqual([]);
  });
});

describe('the class of a line', () => {
  const line = 'lead1 = measure(lead2);';
  const far = Array.from({ length: 80 }, (_, i) => `lead0 = ${i};`);

  it('is in-file only when all of its names stand before it', () => {
    expect(kindsOf(source('a.ts', [...filler, line]))).toEqual([]);
    expect(kindsOf(source('a.ts', ['measure(0);', ...filler, line]))).toEqual([[line, 'in-file']]);
    expect(kindsOf(source('a.ts', [...filler, line, 'measure(0);']))).toEqual([]);
  });

  it('is cross-file when it uses a name of another file', () => {
    expect(kindsOf(source('a.ts', [...filler, line]), [['measure', 1]])).toEqual([[line, 'cross-file']]);
  });

  it.each([
    ['defined by too many files', [], 4],
    ['defined by none', [], 0],
    ['defined by this file as well', ['measure'], 1],
  ])('is not cross-file when the name is %s', (_, own, files) => {
    expect(kindsOf(source('a.ts', [...filler, line], own), [['measure', files]])).toEqual([]);
  });

  it('is not cross-file when the name is to be seen nearby, before or behind', () => {
    const only = [['measure', 1]] as [string, number][];
    const cross = (lines: string[]) => kindsOf(source('a.ts', lines), only).filter(([, kind]) => kind === 'cross-file');
    expect(cross(['import { measure } from x', ...filler, line])).toEqual([]);
    expect(cross([...filler, line, '// measure'])).toEqual([]);
    expect(cross(['import { measure } from x', ...filler, ...far, line])).toEqual([[line, 'cross-file']]);
    expect(cross([...filler, line, ...far, '// measure'])).toEqual([[line, 'cross-file']]);
  });

  it('counts a file once for a name, and no name inside functions', () => {
    const files = [source('a.ts', [], ['one', 'one', 'two']), source('b.ts', [], ['two'], [], ['three'])];
    expect([...definingFiles(files)]).toEqual([
      ['one', 1],
      ['two', 2],
    ]);
  });
});

it('lines are drawn from a seed: so many of each class, in their order', () => {
  const all = Array.from({ length: 40 }, (_, i): HeldOutPlace => {
    return { path: 'a.ts', line: i, kind: i % 4 === 0 ? 'cross-file' : 'in-file', prefix: '', suffix: '', truth: `${i}` };
  });
  const drawn = drawPlaces(all, 6, seeded(1));
  expect(drawn.map(({ kind }) => kind).filter((kind) => kind === 'cross-file')).toHaveLength(6);
  expect(drawn).toHaveLength(12);
  expect(drawn).toEqual([...drawn].sort((a, b) => a.line - b.line));
  expect(drawPlaces(all, 6, seeded(1))).toEqual(drawn);
  expect(drawPlaces(all, 6, seeded(2))).not.toEqual(drawn);
  expect(drawPlaces(all, 100, seeded(1))).toHaveLength(40);
});

describe('nearness', () => {
  it.each([
    ['return a;', ' return a; ', { exact: true, first: true, similarity: 1 }],
    ['return b;', 'return a;', { exact: false, first: true, similarity: 1 - 1 / 9 }],
    ['returned', 'return a;', { exact: false, first: false }],
    ['', 'return a;', { exact: false, first: false, similarity: 0 }],
    ['(a)', '(b)', { first: true }],
    ['größe = 1', 'größe', { exact: false, first: true }],
  ])('of %j to %j', (written, truth, expected) => {
    expect(nearness(written, truth)).toMatchObject(expected);
  });
});

describe('the paired difference', () => {
  const noisy = Array.from({ length: 60 }, (_, i) => 0.2 + Math.sin(i * 7));

  it('has its mean within the bounds, and they narrow with more pairs', () => {
    const few = pairedDifference(noisy.slice(0, 15))!;
    const many = pairedDifference([...noisy, ...noisy, ...noisy])!;
    for (const { mean, low, high } of [few, many]) expect([low < mean, mean < high]).toEqual([true, true]);
    expect(many.high - many.low).toBeLessThan(few.high - few.low);
  });

  it('covers what the normal distribution says for many pairs', () => {
    // The standard deviation of a sine is 1/√2, so 1.96 standard errors of 60 are 0.179.
    const { mean, low, high } = pairedDifference(noisy)!;
    expect((high - low) / 2).toBeCloseTo(0.179, 1);
    expect((high + low) / 2).toBeCloseTo(mean, 1);
  });

  it('of equal differences is no interval, of none nothing, and always the same', () => {
    expect(pairedDifference([0.5, 0.5, 0.5])).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
    expect(pairedDifference([])).toBeUndefined();
    expect(pairedDifference(noisy)).toEqual(pairedDifference(noisy));
    expect(pairedDifference(noisy, 2)).not.toEqual(pairedDifference(noisy));
  });
});

it('percentiles are those of all requests', () => {
  const requests = Array.from({ length: 101 }, (_, i) => ({ milliseconds: 100 - i }));
  expect(percentiles(requests)).toEqual({ p50: 50, p95: 95, p99: 99 });
  expect(percentiles([])).toBeUndefined();
});

describe('typing', () => {
  const places: HeldOutPlace[] = ['const a = 1;', 'return b;'].map((truth, i) => {
    return { path: `${i}.ts`, line: 1, kind: 'in-file', prefix: 'x\n  ', suffix: '\ny', truth };
  });

  it('sends what is there after each letter, at a pace about the mean, and thinks at the end of a line', () => {
    const keys = typeLines(places, 30, seeded(1));
    expect(keys.slice(0, 2).map(({ params }) => params.prefix)).toEqual(['x\n  c', 'x\n  co']);
    expect(keys[11]).toMatchObject({ params: { prefix: 'x\n  const a = 1;', suffix: '\ny', path: '0.ts', singleLine: true } });
    expect(keys[12]!.params).toMatchObject({ path: '1.ts', prefix: 'x\n  r' });
    expect(keys[21]!.params).toMatchObject({ path: '0.ts', prefix: 'x\n  c' });
    expect(keys[11]!.pause).toBeGreaterThan(4 * meanInterval);
    const quick = typeLines(places, 2000, seeded(1))
      .map(({ pause }) => pause)
      .filter((pause) => pause < 2 * meanInterval);
    expect(quick.length).toBeGreaterThan(1600);
    expect(quick.reduce((sum, pause) => sum + pause, 0) / quick.length).toBeCloseTo(meanInterval, -1);
  });

  it('is as long as asked for, the same for a seed, and nothing without lines', () => {
    expect(typeLines(places, 50, seeded(1))).toHaveLength(50);
    expect(typeLines(places, 50, seeded(1))).toEqual(typeLines(places, 50, seeded(1)));
    expect(typeLines([], 50, seeded(1))).toEqual([]);
  });

  it('sends no more of a large file than the editor does, from a line that stays the same while one types', () => {
    const lines = Array.from({ length: 2000 }, (_, i) => `line ${i} ${'x'.repeat(i % 40)}\n`);
    const large: HeldOutPlace = { ...places[0]!, prefix: `${lines.join('')}  `, suffix: `\n${'s'.repeat(50_000)}` };
    const sent = typeLines([large], 12, seeded(1)).map(({ params }) => params);
    expect(new Set(sent.map(({ prefix }) => prefix.split('\n', 1)[0]))).toHaveLength(1);
    const first = Number(/^line (\d+) /.exec(sent[0]!.prefix)![1]);
    expect([first > 0, first % 64]).toEqual([true, 0]);
    expect(sent[0]!.prefix).toBe(`${lines.slice(first).join('')}  c`);
    expect([sent[0]!.prefix.length >= 16_000, sent[0]!.prefix.length < 20_000, sent[0]!.suffix.length]).toEqual([true, true, 8_000]);
  });
});
