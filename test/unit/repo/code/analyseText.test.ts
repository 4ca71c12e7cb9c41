/** What holds for every file, whatever is in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listRepository, type FileCode } from '../../../../src/repo';
import { languageOf } from '../../../../src/repo/code/languages';
import { analyse, root } from './treeSitterHere';

const names = (code: FileCode) => code.definitions.map((each) => each.name);

/** @throws when a line is outside of the text, a name is not on its line, or two roles overlap */
function check(path: string, text: string, code: FileCode): void {
  const lines = text.split('\n');
  for (const each of code.definitions) {
    const what = `${path}: ${JSON.stringify(each)}`;
    const inOrder = [1, each.startLine, each.nameLine, each.endLine, lines.length];
    expect(inOrder, what).toEqual(inOrder.toSorted((a, b) => a - b));
    expect(each.signatureEndLine, what).toBeGreaterThanOrEqual(each.startLine);
    expect(each.signatureEndLine, what).toBeLessThanOrEqual(each.endLine);
    expect(lines[each.nameLine - 1], what).toContain(each.name);
    if (each.value !== undefined) expect(lines.slice(each.startLine - 1, each.endLine).join('\n'), what).toContain(each.value);
  }
  let before = 0;
  for (const { startLine, endLine, role } of code.roles) {
    expect(startLine, `${path}: ${role}`).toBeGreaterThan(before);
    expect(endLine, `${path}: ${role}`).toBeGreaterThanOrEqual(startLine);
    before = endLine;
  }
  expect(before).toBeLessThanOrEqual(lines.length);
}

describe('every file', () => {
  it('of this repository has its lines, names and values where they are said to be', async () => {
    const { files } = await listRepository(root);
    const sources = files.filter(({ path }) => languageOf(path) && !path.startsWith('test/fixtures/'));
    // One in five is enough to notice, and quick; the whole was run once.
    for (const { path, absolutePath } of sources.filter((_, index) => index % 5 === 0)) {
      const text = readFileSync(absolutePath, 'utf8');
      check(path, text, await analyse(path, text));
    }
    expect(sources.length).toBeGreaterThan(300);
  });

  it.each([
    'inventory.ts',
    'Panel.tsx',
    'queue.js',
    'stock.py',
    'server.go',
    'shelf.rs',
    'Stock.java',
    'shelf.cpp',
    'Stock.cs',
    'stock.rb',
    'Stock.php',
  ])('that is broken off or mixed up, as %s here, still has', async (name) => {
    const text = readFileSync(join(root, 'test/fixtures/code', name), 'utf8');
    const lines = text.split('\n');
    const damaged = [
      text.slice(0, Math.floor(text.length / 2)),
      text.slice(Math.floor(text.length / 3)),
      lines.toReversed().join('\n'),
      lines.filter((_, index) => index % 3 !== 0).join('\n'),
      text.replace(/[{}]/g, ''),
      text.replace(/\n/g, '\r\n'),
      text.replace(/\n/g, ' '),
    ];
    for (const each of damaged) check(name, each, await analyse(name, each));
  });
});

describe('a text', () => {
  it('of nothing defines nothing', async () => {
    for (const text of ['', '\n', '   ', '\n\n\n', '\u0000'])
      expect(await analyse('a.ts', text)).toMatchObject({ definitions: [], imports: [], references: [], roles: [] });
  });

  it('with an error in it keeps what stands around the error', async () => {
    const text = 'export const before = 1;\nfunction broken() {\n  return (];\n}\nclass After {\n  method() {}\n}\n';
    expect(names(await analyse('a.ts', text))).toEqual(expect.arrayContaining(['before', 'broken', 'After', 'method']));
  });

  it('defines what others can see, and the functions and classes within functions', async () => {
    const text = 'def f():\n    LOCAL = 1\n    class A:\n        INNER = 2\n        def m(self): pass\n    g = lambda: LOCAL\nTOP = 3\n';
    expect(names(await analyse('a.py', text))).toEqual(['f', 'A', 'm', 'TOP']);
  });

  it('is counted in UTF-16, as its owner counts', async () => {
    const code = await analyse('a.py', 'title = "𝔅𝔬𝔫𝔰𝔞𝔦 🌳"\n# ö 樹\nnaïve_größe = 42\ndef 木(x): return x\n');
    expect(code.definitions).toMatchObject([
      { name: 'title', value: '"𝔅𝔬𝔫𝔰𝔞𝔦 🌳"', nameLine: 1 },
      { name: 'naïve_größe', value: '42', startLine: 2, nameLine: 3 },
      { name: '木', nameLine: 4 },
    ]);
  });

  it('with Windows line ends has the same lines', async () => {
    const text = '/* a */\nimport b from "b";\n\n// c\nexport function d(\n  e: number,\n) {\n  // f\n}\n';
    expect(await analyse('a.ts', text.replaceAll('\n', '\r\n'))).toEqual(await analyse('a.ts', text));
  });
});

describe('a line', () => {
  const roles = async (text: string) => (await analyse('a.ts', text)).roles;

  it('is a comment only if nothing else stands on it', async () => {
    expect(await roles('f(); // one\n/* two */ f();\n/* three\n*/ f();\n  // four  \n')).toEqual([
      { startLine: 3, endLine: 3, role: 'comment' },
      { startLine: 5, endLine: 5, role: 'comment' },
    ]);
  });

  it('belongs to the header up to the first line of code', async () => {
    expect(await roles('\n// one\n\n/* two\n */\nf();\n// three\n')).toEqual([
      { startLine: 2, endLine: 2, role: 'header' },
      { startLine: 4, endLine: 5, role: 'header' },
      { startLine: 7, endLine: 7, role: 'comment' },
    ]);
  });

  it('has the weightiest of its roles', async () => {
    expect(await roles("import a from 'a'; const b = 1;\n")).toEqual([{ startLine: 1, endLine: 1, role: 'signature' }]);
  });
});
