import { describe, expect, it } from 'vitest';
import { plant } from '../../../../src/bench/repository/planting';
import { seeded } from '../../../../src/sidecar/random';

const files = [
  { path: 'src/a.ts', text: 'export const a = 1;\n' },
  { path: 'src/b.ts', text: 'export const b = 2;' },
  { path: 'tool.py', text: 'x = 1\n\n\n' },
  { path: 'README.md', text: '# words\n' },
];
const planted = plant(files, { pairs: 6, singles: 4 }, seeded(3));
const textOf = (path: string) => planted.files.find((file) => file.path === path)?.text ?? '';
const lineOf = (path: string, line: number) => textOf(path).split('\n')[line - 1];

describe('planting constants', () => {
  it('says for each constant the line on which it stands, in the language of its file', () => {
    for (const { path, line, text, name, value } of [...planted.singles, ...planted.pairs]) {
      expect(lineOf(path, line)).toBe(text);
      expect(text.startsWith(path.endsWith('.py') ? `${name} = ` : `export const ${name} = `)).toBe(true);
      expect(value).toMatch(/^\d{4}$/);
    }
    expect(planted.singles).toHaveLength(4);
    expect(planted.pairs).toHaveLength(6);
  });

  it('defines the second of a pair by the first, in another file, and nowhere by its value', () => {
    for (const { path, text, value, by } of planted.pairs) {
      expect(by?.path).not.toBe(path);
      expect(by?.value).toBe(value);
      expect(text).toContain(by?.name);
      expect(text).not.toContain(value);
      expect(lineOf(by!.path, by!.line)).toContain(value);
    }
  });

  it('only appends, so that lines known before stay where they were', () => {
    for (const { path, text } of files) expect(textOf(path).startsWith(text.trimEnd())).toBe(true);
    expect(textOf('README.md')).toBe('# words\n');
  });

  it('gives no name twice, and the same for the same seed', () => {
    const names = [...planted.singles, ...planted.pairs.flatMap((pair) => [pair, pair.by!])].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(plant(files, { pairs: 6, singles: 4 }, seeded(3))).toEqual(planted);
    expect(plant(files, { pairs: 6, singles: 4 }, seeded(4))).not.toEqual(planted);
  });

  it('plants no pair where there is one file alone', () => {
    expect(plant(files.slice(0, 1), { pairs: 3, singles: 1 }, seeded(1)).pairs).toEqual([]);
  });
});
