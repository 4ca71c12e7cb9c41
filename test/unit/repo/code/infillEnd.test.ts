/** Where infills end by syntax: golden cases in many languages, and what holds for any text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createInfillEnds } from '../../../../src/repo';
import { infillEnd, type InfillEnd } from '../../../../src/repo/code/infillEnd';
import { languageOf } from '../../../../src/repo/code/languages';
import { grammarsFolder } from '../../../../src/sidecar/bundleRoot';
import { goldenCases } from '../../sidecar/prompt/filters/golden';
import { root, treeSitter } from './treeSitterHere';

async function endOf(path: string, prefix: string, infill: string, suffix: string): Promise<InfillEnd> {
  const language = languageOf(path)!;
  const text = prefix + infill + suffix;
  const see = (node: Parameters<typeof infillEnd>[0]) => infillEnd(node, text, prefix.length, prefix.length + infill.length);
  return (await (await treeSitter).look(language.grammar, language.rules.query, text, 5000, see))!;
}

async function kept(path: string, prefix: string, infill: string, suffix: string): Promise<string> {
  const { end } = await endOf(path, prefix, infill, suffix);
  return end === undefined ? infill : infill.slice(0, end - prefix.length);
}

describe('an infill', () => {
  it.each(goldenCases('syntaxEnd').map((golden) => [`${golden.context.languageId}: ${golden.name}`, golden] as const))(
    '%s',
    async (_, { context: { prefix, suffix, languageId = '' }, text, expected }) => {
      expect(await kept(languageId, prefix, text, suffix)).toBe(expected.text);
    },
  );

  it('that has closed its block is complete, and not before', async () => {
    const prefix = 'function f() {\n  ';
    const suffix = '\n}\n';
    expect((await endOf('a.ts', prefix, 'a();\n  b();\n', suffix)).closed).toBe(false);
    expect((await endOf('a.ts', prefix, 'if (a) {\n    b();\n  }\n', suffix)).closed).toBe(false);
    expect((await endOf('a.ts', prefix, 'a();\n}\n', suffix)).closed).toBe(true);
    expect((await endOf('a.rb', 'def f\n  ', '1\nend\n', '\n')).closed).toBe(true);
    // An else may follow.
    expect((await endOf('a.cpp', 'int f() {\n  if (a) {', '\n    b();\n  }\n', '\n}\n')).closed).toBe(false);
  });

  it.each([
    'inventory.ts',
    'queue.js',
    'stock.py',
    'server.go',
    'shelf.rs',
    'Stock.java',
    'shelf.cpp',
    'Stock.cs',
    'stock.rb',
    'Stock.php',
  ])('of %s that is what stood there is cut at the end of a line, or not at all, and only once', async (name) => {
    const text = readFileSync(join(root, 'test/fixtures/code', name), 'utf8');
    const lines = text.split('\n');
    const offsets = lines.map((_, i) => lines.slice(0, i).reduce((sum, line) => sum + line.length + 1, 0));
    let whole = 0;
    let cut = 0;
    for (let i = 1; i < lines.length - 6; i += 2) {
      const from = offsets[i]! + (lines[i]!.length - lines[i]!.trimStart().length);
      const to = offsets[i + 5]! - 1;
      if (to <= from) continue;
      const infill = text.slice(from, to);
      const left = await kept(name, text.slice(0, from), infill, text.slice(to));
      expect(infill.startsWith(left)).toBe(true);
      expect(left === infill || infill[left.length] === '\n').toBe(true);
      expect(await kept(name, text.slice(0, from), left, text.slice(to))).toBe(left);
      if (left === infill) whole++;
      else cut++;
    }
    expect(whole).toBeGreaterThan(0);
    expect(cut).toBeGreaterThan(0);
  });
});

describe('the thread that is asked', () => {
  it('answers for languages with a grammar, whatever the text, and keeps quiet about others', async () => {
    const ends = await createInfillEnds({ grammars: grammarsFolder });
    const text = 'function f() {\n  return 1;\n}\n\nfunction g() {';
    expect(await ends.of('a.ts', `${text}\n}\n`, 17, text.length)).toEqual({ end: 28, closed: true });
    expect(await ends.of('a.txt', text, 17, text.length)).toBeUndefined();
    expect(await ends.of('a.ts', '', 0, 0)).toEqual({ closed: false });
    await ends.of('a.ts', '('.repeat(300_000), 5, 50_000);
    expect(await ends.of('a.ts', `${text}\n}\n`, 17, text.length)).toEqual({ end: 28, closed: true });
  });
});
