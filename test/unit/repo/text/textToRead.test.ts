/** What is read of files with data in them: everything a person wrote, on its own line, and a marker for the rest. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { textToRead } from '../../../../src/repo/text/textToRead';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../../fixtures/repo/base64', name), 'utf8');
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Base64 without a pattern. */
const base64 = (length: number): string => Array.from({ length }, (_, i) => letters[(i * i * 31 + i * 7) % 64]).join('');
const wrapped = (lines: number, line: (text: string) => string): string =>
  Array.from({ length: lines }, (_, i) => line(base64(76 + i).slice(i))).join('\n');
const lineCount = (text: string): number => text.split('\n').length;

describe('embedded data', () => {
  it.each<[string, string, string, string]>([
    [
      'a picture in Markdown',
      'a.md',
      `# A\n![pic](data:image/png;base64,${base64(45_000)})\nEnd\n`,
      '# A\n![pic](data:image/png;base64,[45 kB of encoded data left out])\nEnd\n',
    ],
    ['a picture in a string', 'a.py', `LOGO = "${base64(6000)}"\nLIMIT = 3\n`, 'LOGO = "[6 kB of encoded data left out]"\nLIMIT = 3\n'],
    ['hexadecimal', 'a.go', `var key = "${'0f1e2d3c'.repeat(100)}"\n`, 'var key = "[800 B of encoded data left out]"\n'],
    [
      'a drawing in a style sheet',
      'a.css',
      `a{background:url(data:image/svg+xml,${'%3Cpath d="M0'.replace(/["\s]/g, '').repeat(90)})}\nb{}\n`,
      'a{background:url(data:image/svg+xml,[990 B of encoded data left out])}\nb{}\n',
    ],
    [
      'wrapped lines of a certificate',
      'a.pem',
      `-----BEGIN CERTIFICATE-----\n${wrapped(12, (line) => line)}\nabcd==\n-----END CERTIFICATE-----\n`,
      `-----BEGIN CERTIFICATE-----\n[918 B of encoded data left out]${'\n'.repeat(13)}-----END CERTIFICATE-----\n`,
    ],
    [
      'wrapped strings',
      'a.js',
      `const a = [\n${wrapped(10, (line) => `  "${line}",`)}\n  "abcd"];\nlet b;\n`,
      `const a = [\n  "[764 B of encoded data left out]",${'\n'.repeat(10)}  ""];\nlet b;\n`,
    ],
  ])('%s becomes a marker, and the lines stay', (_, path, text, read) => {
    expect(textToRead(path, text)).toBe(read);
    expect(lineCount(read)).toBe(lineCount(text));
  });

  it.each([
    ['a hash', `integrity = "${base64(88)}"\n`],
    ['a short certificate in a test', `${wrapped(7, (line) => line)}\n`],
    ['a path', `import a from "${'../long-folder-name'.repeat(20)}/a";\n`],
    ['prose on one line', `${'A sentence of several words, then another one. '.repeat(100)}\n`],
    ['code', readFileSync(import.meta.filename, 'utf8')],
  ])('is not %s', (_, text) => {
    expect(textToRead('a.ts', text)).toBe(text);
  });

  it('leaves the fixture its words', () => {
    const read = textToRead('guide.md', fixture('guide.md'));
    expect(read).toContain('Set the limit to 4711.');
    expect(read.length).toBeLessThan(500);
    expect(lineCount(read)).toBe(lineCount(fixture('guide.md')));
  });
});

describe('long lines', () => {
  it('are cut, and what stands around them is read', () => {
    const line = `const table = "${'ab, '.repeat(25_000)}";`;
    const read = textToRead('a.py', `first = 1\n${line}\nlast = 2\n`);
    expect(read).toMatch(/^first = 1\nconst table = "(ab, )+a?b?,?\[99 kB of this line left out\]\nlast = 2\n$/);
    expect(textToRead('a.py', 'é😀'.repeat(10_000))).toMatch(/^(é😀)+é?\[\d+ kB of this line left out\]$/u);
  });

  it('stay where they are the reason that a file is not read', () => {
    const text = `${'function a(b){return b+1};'.repeat(4000)}\n`;
    expect(textToRead('a.js', text)).toBe(text);
  });
});

describe('a notebook', () => {
  it('is its cells, each line where it stands in the file', () => {
    const text = fixture('plot76.ipynb');
    const read = textToRead('plot76.ipynb', text);
    expect(read).toContain('THRESHOLD = 0.6180');
    expect(read).not.toMatch(/image\/png|execution_count|outputs/);
    const inFile = text.split('\n');
    const shown = read.split('\n');
    const code = shown.filter((line) => line !== '' && !line.startsWith('# %%'));
    expect(code.length).toBeGreaterThan(20);
    for (const [i, line] of shown.entries())
      if (line !== '' && !line.startsWith('# %%')) expect(inFile[i]).toContain(JSON.stringify(line).slice(1, -1));
  });

  const notebook = (cells: object[]) => ({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
  const cells = [
    { cell_type: 'markdown', metadata: {}, source: ['# Title\n', 'Words.'] },
    { cell_type: 'code', metadata: {}, outputs: [{ data: { 'image/png': base64(90_000) } }], source: ['a = 1\n', '\n', 'b = "x"'] },
    { cell_type: 'code', metadata: {}, outputs: [], source: [] },
  ];
  const compact = '# %% [markdown]\n# Title\nWords.\n\n# %%\na = 1\n\nb = "x"\n\n# %%\n';

  it('on one line is its cells one after the other', () => {
    expect(textToRead('a.ipynb', JSON.stringify(notebook(cells)))).toBe(compact);
  });

  it('whose cells are strings of several lines is so, too', () => {
    const joined = cells.map((cell) => ({ ...cell, source: cell.source.join('') }));
    expect(textToRead('a.ipynb', JSON.stringify(notebook(joined.slice(0, 2)), undefined, 1))).toBe(
      '# %% [markdown]\n# Title\nWords.\n\n# %%\na = 1\n\nb = "x"\n',
    );
  });

  it('with all on lines of their own keeps their numbers', () => {
    const text = JSON.stringify(notebook(cells), undefined, 1);
    const shown = textToRead('a.ipynb', text).split('\n');
    expect(shown.filter((line) => line !== '')).toEqual(['# %% [markdown]', '# Title', 'Words.', '# %%', 'a = 1', 'b = "x"', '# %%']);
    expect(shown.indexOf('a = 1')).toBe(text.split('\n').findIndex((line) => line.includes('"a = 1\\n"')));
  });

  it.each([
    ['is no JSON', '{"cells": ['],
    ['has no cells', '{"nbformat": 4}'],
    ['has cells of another kind', '{"cells": 5, "nbformat": 4}'],
    ['is of format 3', '{"worksheets": [], "nbformat": 3}'],
  ])('that %s is read as it is', (_, text) => {
    expect(textToRead('a.ipynb', text)).toBe(text);
  });

  it('passes over cells that are damaged', () => {
    const text = JSON.stringify(notebook([{ cell_type: 5 }, { source: ['x'] }, { cell_type: 'code', source: [5, 'y = 1'] }]));
    expect(textToRead('a.ipynb', text)).toBe('# %%\ny = 1\n');
  });
});
