/** What holds of every filter, and of all of them together, for text of any kind. */
import { describe, expect, it, test } from 'vitest';
import { seeded, type Random } from '../../../../../src/sidecar/random';
import { filterInfill, type InfillContext } from '../../../../../src/sidecar/prompt/filters';
import { surroundings } from '../../../../../src/sidecar/prompt/filters/around';
import { filters } from './filters';
import { goldenCases } from './golden';

const pieces = 'foo( bar ) { } [ ] " \' ` ; , . => : return if else end // # /* */ const a = 1 \\ <p> </p> def '
  .split(' ')
  .concat([
    '\n',
    '\n',
    '\n  ',
    '\n    ',
    '\n\t',
    '\r\n',
    ' ',
    '  ',
    '\t',
    '\n\n',
    '\n}\n',
    'foo();\n',
    'foo();\n',
    '© 2020',
    'AKIAIOSFODNN7EXAMPLE',
  ]);

type Draw = (random: Random) => string;
const codeLike: Draw = (random) =>
  Array.from({ length: Math.floor(random() * 30) }, () => pieces[Math.floor(random() * pieces.length)] ?? '').join('');
/** Any UTF-16 units, halves of pairs included; one in three is one of few, so that things repeat. */
const anything: Draw = (random) =>
  String.fromCharCode(
    ...Array.from({ length: Math.floor(random() * 40) }, () =>
      random() < 0.33 ? (' \n\t(){}"a'.codePointAt(Math.floor(random() * 9)) ?? 0) : Math.floor(random() * 0x10000),
    ),
  );

interface Drawn {
  text: string;
  context: InfillContext;
}

function* drawn(count: number): Generator<Drawn> {
  for (const draw of [codeLike, anything])
    for (let seed = 0; seed < count; seed++) {
      const random = seeded(seed * 2 + 1e6 + (draw === codeLike ? 0 : 1));
      const [prefix, suffix, text] = [draw(random), draw(random), draw(random)];
      const languageId = [undefined, 'typescript', 'python'][Math.floor(random() * 3)];
      // Some infills are made of what stands around them.
      yield { text: random() < 0.3 ? text + suffix.slice(0, Math.floor(random() * 12)) : text, context: { prefix, suffix, languageId } };
    }
}

const visible = (text: string): string => text.replace(/\s/g, '');
const lineCount = (text: string): number => text.split(/\r\n|\r|\n/).length;

/** Costs nothing where it holds: there are very many of these. */
function holds(condition: boolean, claim: string, ...seen: unknown[]): void {
  if (!condition) expect.fail(`${claim}: ${JSON.stringify(seen)}`);
}

describe.each(Object.entries(filters))('%s', (name, filter) => {
  it('only takes away from the end, fails on nothing, and leaves alone what it has left', () => {
    for (const { text, context } of drawn(1000)) {
      const around = surroundings(context);
      const once = filter(text, around);
      const twice = filter(once, around);
      holds(visible(text).startsWith(visible(once)), 'it is no beginning', text, context, once);
      holds(lineCount(once) <= lineCount(text), 'it has more lines', text, context, once);
      holds(name === 'indentation' || once.length <= text.length, 'it is longer', text, context, once);
      holds(twice === once, 'it changes again', text, context, once, twice);
    }
  });
});

describe('all of them', () => {
  it('come to an end that does not change any more, and only take away', () => {
    for (const { text, context } of drawn(2000)) {
      const once = filterInfill(text, context);
      const twice = filterInfill(once.text, context);
      holds(visible(text).startsWith(visible(once.text)), 'it is no beginning', text, context, once);
      holds(twice.text === once.text && twice.replaces === once.replaces, 'it changes again', text, context, once, twice);
      holds(once.text === '' || once.text.trim() !== '', 'it is white space', text, context, once);
      holds(!once.text.includes('\r'), 'it has carriage returns', text, context, once);
    }
  });

  it('replace nothing that the text does not write again', () => {
    for (const { text, context } of drawn(2000)) {
      const { text: once, replaces } = filterInfill(text, context);
      const line = context.suffix.split(/\r\n|\r|\n/, 1)[0] ?? '';
      holds(replaces <= line.length, 'it goes over the end of the line', text, context, once, replaces);
      let at = -1;
      for (const character of line.slice(0, replaces)) {
        at = once.indexOf(character, at + 1);
        holds(at >= 0, 'it loses a character', text, context, once, replaces);
      }
    }
  });

  it('leave alone what a golden case has left', () => {
    for (const { context, expected } of goldenCases('pipeline')) expect(filterInfill(expected.text, context)).toEqual(expected);
  });
});

test('a long text around the cursor costs little', () => {
  const line = 'const a = foo({ b: [1, 2, "three"] }); // it is\n';
  const context = { prefix: `${line.repeat(20_000)}foo(`, suffix: `)\n${line.repeat(20_000)}` };
  const began = performance.now();
  expect(filterInfill('a, b);\nbar();', context)).toEqual({ text: 'a, b);\nbar();', replaces: 1 });
  expect(performance.now() - began).toBeLessThan(1000);
});
