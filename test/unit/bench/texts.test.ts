/** The texts of a quality run: constants where they should be, lines worth predicting, the same for the same seed. */
import { describe, expect, it } from 'vitest';
import { corpusTokens, loadCorpus } from '../../../src/bench/corpus';
import { heldOutLines, similarity } from '../../../src/bench/quality/nextLine';
import { byItsLine, plant } from '../../../src/bench/quality/plantedConstants';
import { seeded } from '../../../src/sidecar/random';
import type { ModelTokens } from '../../../src/sidecar/prompt/modelTokens';
import { root } from '../../sidecar/client';
import { join } from 'node:path';

/** A token for every UTF-16 unit. */
const model = {
  tokenize: (text: string) => Array.from(text, (letter) => letter.charCodeAt(0)) as never,
  detokenize: (tokens: readonly number[]) => String.fromCharCode(...tokens),
} as never;
const tokensOf = (text: string) => Uint32Array.from(Array.from(text, (letter) => letter.charCodeAt(0)));
const textOf = (tokens: Uint32Array) => String.fromCharCode(...tokens);
const endsLine = (token: number) => token === 10;
const asker = (constant: { name: string; value: string }) => byItsLine(model, constant);

const text = Array.from({ length: 400 }, (_, i) => `line ${String(i).padStart(4, '0')};\n`).join('');
const depths = [0.1, 0.5, 0.9];

describe('planted constants', () => {
  const planted = plant(model, tokensOf(text), depths, seeded(1), endsLine, asker);

  it('stand at their depth, at the beginning of a line, and take nothing from the text', () => {
    const lines = textOf(planted.tokens).split('\n');
    expect(planted.planted).toHaveLength(3);
    let rest = textOf(planted.tokens);
    for (const [i, { name, value, at }] of planted.planted.entries()) {
      const line = `const ${name} = ${value};`;
      expect(lines).toContain(line);
      expect(textOf(planted.tokens.slice(at, at + line.length))).toBe(line);
      expect(Math.abs(at / planted.tokens.length - depths[i]!)).toBeLessThan(0.02);
      rest = rest.replace(`${line}\n`, '');
    }
    expect(rest).toBe(text);
  });

  it('are the same for the same seed, and others for another', () => {
    const again = plant(model, tokensOf(text), depths, seeded(1), endsLine, asker);
    expect(again).toEqual(planted);
    const other = plant(model, tokensOf(text), depths, seeded(2), endsLine, asker);
    expect(other.planted.map(({ value }) => value)).not.toEqual(planted.planted.map(({ value }) => value));
  });

  it('have names of their own, so that a question has one answer', () => {
    const many = plant(
      model,
      tokensOf(text),
      Array.from({ length: 60 }, (_, i) => i / 60),
      seeded(3),
      endsLine,
      asker,
    ).planted;
    expect(new Set(many.map(({ name }) => name)).size).toBe(60);
  });

  it('are asked for by their line, whose next tokens are the value', () => {
    const { name, value, question, answer } = planted.planted[0]!;
    expect([textOf(question), textOf(answer)]).toEqual([`\nconst ${name} = `, value]);
  });

  it('are planted in a text of one line, too', () => {
    const { planted: forced, tokens } = plant(model, tokensOf('x'.repeat(1000)), [0.5], seeded(1), endsLine, asker);
    expect([forced[0]!.at, tokens.length]).toEqual([500, 1000 + `const ${forced[0]!.name} = ${forced[0]!.value};\n`.length]);
  });
});

describe('held-out lines', () => {
  it('are whole lines worth writing', () => {
    const tail = 'the end of a cut line\n  const kept = 1;\n}\n\nreturn kept + 1;\nand one that is cut';
    const lines = heldOutLines(model, tokensOf(tail), endsLine, 9);
    expect(lines.map((line) => line.text)).toEqual(['const kept = 1;', 'return kept + 1;']);
    for (const { start, end } of lines) expect(tail.slice(start - 1, start) + tail.slice(end - 1, end)).toBe('\n\n');
    expect(heldOutLines(model, tokensOf(tail), endsLine, 1)).toHaveLength(1);
  });

  it.each([
    ['same', ' same ', 1],
    ['', '', 1],
    ['abcd', 'abxd', 0.75],
    ['abc', 'xyz', 0],
    ['a', '', 0],
  ])('"%s" and "%s" are alike by %d', (a, b, alike) => {
    expect(similarity(a, b)).toBe(alike);
  });
});

describe('a corpus', () => {
  const tokens = { bos: undefined, repoName: undefined, fileSeparator: undefined } as ModelTokens;
  const opened = { model, tokens };

  it('is cut to the token, begins where the seed says, and does not repeat', async () => {
    const corpus = await loadCorpus(join(root, 'src/repo'));
    expect(corpus.name).toBe('repo');
    const drawn = corpusTokens(opened, corpus, 5000, seeded(4));
    expect(drawn).toHaveLength(5000);
    expect(corpusTokens(opened, corpus, 5000, seeded(4))).toEqual(drawn);
    expect(new Set([1, 2, 3, 4, 5].map((seed) => textOf(corpusTokens(opened, corpus, 200, seeded(seed))))).size).toBeGreaterThan(1);
    expect(() => corpusTokens(opened, corpus, 1_000_000, seeded(1))).toThrow('Ask for fewer');
    expect(corpusTokens(opened, corpus, 100_000, seeded(1), true)).toHaveLength(100_000);
  });

  it('may lie in a folder that git ignores, but must be there', async () => {
    expect((await loadCorpus(join(root, 'node_modules/zod/src'))).name).toBe('zod');
    await expect(loadCorpus('/nowhere')).rejects.toThrow('There is no corpus at /nowhere');
    await expect(loadCorpus(join(root, 'media'))).rejects.toThrow('no source text');
  });
});
