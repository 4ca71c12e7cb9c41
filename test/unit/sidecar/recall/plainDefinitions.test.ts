/** Definitions of a text without a grammar, and the pieces that a file is searched by. */
import { describe, expect, it } from 'vitest';
import type { Definition } from '../../../../src/repo';
import { seeded, below } from '../../../../src/sidecar/random';
import { chunksOf } from '../../../../src/sidecar/recall/chunks';
import { plainDefinitions } from '../../../../src/sidecar/recall/plainDefinitions';

const constants = (text: string) => plainDefinitions(text.split('\n')).map(({ name, kind, value }) => [name, kind, value]);

describe('plain definitions', () => {
  it.each([
    ['const limit = 4096;', 'limit', 'constant', '4096'],
    ["export const name: string = 'x y';", 'name', 'constant', "'x y'"],
    ['  static constexpr int kLimit = 0x1F;', 'kLimit', 'constant', '0x1F'],
    ['  private static final long MAX = 5_000L; // why', 'MAX', 'constant', '5_000L'],
    ['pub const RATE: f64 = 0.25;', 'RATE', 'constant', '0.25'],
    ['const val PORT = 8080', 'PORT', 'constant', '8080'],
    ['MAX_RETRIES = 7  # tries', 'MAX_RETRIES', 'constant', '7'],
    ['TIMEOUT: int = 30', 'TIMEOUT', 'constant', '30'],
    ['#define GGML_MAX_DIMS           4', 'GGML_MAX_DIMS', 'macro', '4'],
    ['# define WIDE (-12)', 'WIDE', 'macro', '-12'],
    ['let tries = 3;', 'tries', 'variable', '3'],
  ])('%s', (line, ...expected) => {
    expect(constants(line)).toEqual([expected]);
  });

  it.each([
    'const total = a + 1;',
    '  let inside = 3;',
    '// const gone = 3;',
    'limit = 3',
    'const text = `${x}`;',
    'const [a] = 3;',
    'if (MAX == 3) {',
    'struct point * p,',
    'class Point;',
    'the type of function is 3',
    `const long = '${'x'.repeat(90)}';`,
    `const wide = 3;${' '.repeat(500)}`,
  ])('finds nothing in: %s', (line) => {
    expect(constants(line)).toEqual([]);
  });

  it('know where a block ends, and the comment that belongs to it', () => {
    const text = `import x
/** Says
 * what. */
@decorated
export class Box {
  field = 3;

  open() {
    return 1;
  }
}
def outer(a):
    if a:
        return 1

    return 2
# next
async function last()
{
  return 3;
}`;
    const found = plainDefinitions(text.split('\n')).map(({ name, startLine, nameLine, endLine }) => [name, startLine, nameLine, endLine]);
    expect(found).toEqual([
      ['Box', 2, 5, 11],
      ['outer', 12, 12, 16],
      ['last', 17, 18, 21],
    ]);
  });
});

describe('pieces of a file', () => {
  const definition = (startLine: number, endLine: number): Definition => ({
    name: `f${startLine}`,
    kind: 'function',
    within: [],
    startLine,
    nameLine: startLine,
    signatureEndLine: startLine,
    endLine,
  });
  const lines = (count: number) => Array.from({ length: count }, (_, i) => (i % 7 === 6 ? '' : `${' '.repeat((i * 5) % 9)}x`));

  it('are the definitions where they are known: long ones cut, small neighbours together', () => {
    const chunks = chunksOf(lines(200), [definition(3, 4), definition(6, 8), definition(20, 55), definition(60, 190), definition(70, 110)]);
    expect(chunks.slice(0, 2)).toEqual([
      { startLine: 1, endLine: 19 },
      { startLine: 20, endLine: 59 },
    ]);
    expect(chunks.map(({ startLine }) => startLine)).toEqual(expect.arrayContaining([60, 70, 111]));
  });

  it('are cut at blank lines, best where the indentation is least', () => {
    const text = Array.from({ length: 100 }, () => '    deep');
    text[37] = '';
    text[38] = 'top';
    text[41] = '';
    expect(chunksOf(text)[0]).toEqual({ startLine: 1, endLine: 38 });
    text[37] = '    deep';
    expect(chunksOf(text)[0]).toEqual({ startLine: 1, endLine: 42 });
  });

  it('are together the whole file, and none is long, whatever the definitions say', () => {
    const random = seeded(3);
    for (let round = 0; round < 300; round++) {
      const count = 1 + below(random, 400);
      const definitions = Array.from({ length: below(random, 12) }, () => {
        const start = 1 + below(random, count);
        return definition(start, start + below(random, count - start + 1));
      });
      const chunks = chunksOf(lines(count), definitions);
      let next = 1;
      for (const { startLine, endLine } of chunks) {
        expect(startLine).toBe(next);
        expect(endLine).toBeGreaterThanOrEqual(startLine);
        expect(endLine - startLine).toBeLessThan(60);
        next = endLine + 1;
      }
      expect(next).toBe(count + 1);
    }
  });

  it('of nothing are none', () => {
    expect(chunksOf([])).toEqual([]);
  });
});
