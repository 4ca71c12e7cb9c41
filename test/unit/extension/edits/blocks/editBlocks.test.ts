/** Blocks out of what models really write, and the same blocks however the output is cut into pieces. */
import { describe, expect, it } from 'vitest';
import { EditBlockParser, type EditEvent } from '../../../../../src/extension/edits/blocks/editBlocks';
import { Random } from '../../../../engine/reference/random';

function parse(text: string, cut: (text: string) => string[] = (whole) => [whole]): EditEvent[] {
  const parser = new EditBlockParser();
  return [...cut(text).flatMap((piece) => parser.push(piece)), ...parser.end()];
}

/** What a test looks at: path, lines and line hint of blocks; the code of what is broken. */
const brief = (events: EditEvent[]) =>
  events.map((event) =>
    event.kind === 'broken' ? event.code : [event.block.path, event.block.search.join('|'), event.block.replace.join('|')],
  );

const block = (search: string, replace: string) => `<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n`;

describe('the plain form', () => {
  it('is a path, a fence and a block', () => {
    const text = `I will rename it.\n\nsrc/a.ts\n\`\`\`ts\n${block('old', 'new')}\`\`\`\nDone.\n`;
    expect(parse(text)).toEqual([
      { kind: 'block', block: { path: 'src/a.ts', guesses: [], search: ['old'], replace: ['new'], line: undefined } },
    ]);
  });

  it('may have an empty half', () => {
    expect(brief(parse('a.ts\n<<<<<<< SEARCH\n=======\nnew\n>>>>>>> REPLACE'))).toEqual([['a.ts', '', 'new']]);
    expect(parse('a.ts\n<<<<<<< SEARCH\nold\n=======\n>>>>>>> REPLACE')).toMatchObject([{ block: { search: ['old'], replace: [] } }]);
  });

  it('keeps blank lines, indentation and white space at line ends', () => {
    expect(parse(`a.ts\n${block('  a \n\n\tb', '\tc')}`)).toMatchObject([{ block: { search: ['  a ', '', '\tb'], replace: ['\tc'] } }]);
  });
});

describe('the path', () => {
  const paths: [string, string][] = [
    ['**src/a.ts**', 'src/a.ts'],
    ['`src/a.ts`', 'src/a.ts'],
    ['### src/a.ts', 'src/a.ts'],
    ['File: `src/a.ts`', 'src/a.ts'],
    ['- src/a.ts:', 'src/a.ts'],
    ['1. `src/a.ts`:', 'src/a.ts'],
    ['// src/a.ts', 'src/a.ts'],
    ['<!-- docs/a.md -->', 'docs/a.md'],
    ['Makefile', 'Makefile'],
    ['.gitignore', '.gitignore'],
    ['`my file.ts`', 'my file.ts'],
    ['src\\a.ts', 'src\\a.ts'],
    ['app/[id]/page.tsx', 'app/[id]/page.tsx'],
    ['../../etc/passwd', '../../etc/passwd'],
    ['/etc/passwd', '/etc/passwd'],
    ['C:\\Windows\\win.ini', 'C:\\Windows\\win.ini'],
  ];
  it.each(paths)('stands in %s', (line, path) => {
    expect(brief(parse(`${line}\n\`\`\`\n${block('a', 'b')}\`\`\``))).toEqual([[path, 'a', 'b']]);
    expect(brief(parse(`\`\`\`\n${line}\n${block('a', 'b')}\`\`\``)), 'inside the fence').toEqual([[path, 'a', 'b']]);
  });

  it.each(['```ts src/a.ts', '```ts:src/a.ts', '```src/a.ts', '```ts title="src/a.ts"', '~~~~ src/a.ts'])(
    'stands in the fence %s',
    (fence) => {
      expect(brief(parse(`${fence}\n${block('a', 'b')}`))).toEqual([['src/a.ts', 'a', 'b']]);
    },
  );

  it('in prose is a guess, and a language is no path', () => {
    expect(parse(`In \`src/a.ts\` I call \`console.log\` (see lib/b.ts).\n\`\`\`ts\n${block('a', 'b')}\`\`\``)).toMatchObject([
      { block: { path: undefined, guesses: ['src/a.ts', 'console.log', 'lib/b.ts'] } },
    ]);
    expect(parse(`\`\`\`typescript\n${block('a', 'b')}\`\`\``)).toMatchObject([{ block: { path: undefined, guesses: [] } }]);
  });

  it('is the one nearest to its block, and belongs to that block alone', () => {
    const text = `src/a.ts\nsrc/b.ts\n${block('a', 'b')}\n${block('c', 'd')}src/c.ts\n\n${block('e', 'f')}`;
    expect(brief(parse(text))).toEqual([
      ['src/b.ts', 'a', 'b'],
      [undefined, 'c', 'd'],
      ['src/c.ts', 'e', 'f'],
    ]);
  });
});

describe('tolerance', () => {
  it.each([
    ['CRLF', `a.ts\n${block('a', 'b')}`.replaceAll('\n', '\r\n')],
    ['tildes', `a.ts\n~~~\n${block('a', 'b')}~~~`],
    ['no fence', `a.ts\n${block('a', 'b')}`],
    ['a fence that never closes', `a.ts\n\`\`\`\n${block('a', 'b')}`],
    ['a missing line end', `a.ts\n${block('a', 'b')}`.trimEnd()],
    ['markers of five and nine', 'a.ts\n<<<<< SEARCH\na\n=========\nb\n>>>>>>>> REPLACE\n'],
    ['small letters and spaces', 'a.ts\n<<<<<<< search \na\n======= \nb\n>>>>>>> replace  \n'],
    ['an indented block', '  a.ts\n  ```\n  <<<<<<< SEARCH\n  a\n  =======\n  b\n  >>>>>>> REPLACE\n  ```'],
  ])('forgives %s', (_, text) => {
    expect(brief(parse(text))).toEqual([['a.ts', 'a', 'b']]);
  });

  it.each(['SEARCH :12', 'SEARCH line 12', 'SEARCH 12', 'SEARCH lines 12-20', 'SEARCH @12'])('takes the line from %s', (marker) => {
    expect(parse(`a.ts\n<<<<<<< ${marker}\na\n=======\nb\n>>>>>>> REPLACE`)).toMatchObject([{ block: { line: 12 } }]);
  });

  it('prefers the divider that is as wide as the opening marker', () => {
    const text = 'a.md\n<<<<<<< SEARCH\nTitle\n=====\n=======\nName\n=====\n>>>>>>> REPLACE';
    expect(brief(parse(text))).toEqual([['a.md', 'Title|=====', 'Name|=====']]);
  });

  it('takes markers inside a line for text', () => {
    const text = `a.ts\n${block("const s = '>>>>>>> REPLACE';", "const s = '<<<<<<< SEARCH';\n  =======\n  >>>>>>> REPLACE")}`;
    expect(brief(parse(text))).toEqual([
      ['a.ts', "const s = '>>>>>>> REPLACE';", "const s = '<<<<<<< SEARCH';|  =======|  >>>>>>> REPLACE"],
    ]);
  });
});

describe('what cannot be told for certain', () => {
  it.each<[string, string, unknown[]]>([
    ['an end in the middle of the search text', 'a.ts\n<<<<<<< SEARCH\na\n', ['cut-off']],
    ['an end in the middle of the new text', 'a.ts\n<<<<<<< SEARCH\na\n=======\nb', ['cut-off']],
    ['an end after the opening marker', 'a.ts\n<<<<<<< SEARCH', ['cut-off']],
    ['no divider', 'a.ts\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE', ['dividers']],
    ['two dividers', `a.ts\n${block('a\n=======\nb', 'c')}`, ['dividers']],
    ['a block inside a block', `a.ts\n<<<<<<< SEARCH\na\n${block('b', 'c')}`, ['nested', [undefined, 'b', 'c']]],
    ['an end marker in the new text, in a fence', `a.ts\n\`\`\`\n${block('a', 'b\n>>>>>>> REPLACE\nc')}\`\`\``, ['stray']],
    ['an end marker alone', 'text\n>>>>>>> REPLACE\n', ['stray']],
  ])('is refused: %s', (_, text, expected) => {
    expect(brief(parse(text))).toEqual(expected);
  });

  it('withdraws a block when a later line shows that it was cut short', () => {
    expect(parse(`a.ts\n${block('a', 'b\n>>>>>>> REPLACE\nc')}`)).toMatchObject([
      { kind: 'block' },
      { kind: 'broken', code: 'stray', path: 'a.ts', withdraws: true },
    ]);
  });

  it('goes on after a broken block', () => {
    expect(brief(parse(`a.ts\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE\nb.ts\n${block('c', 'd')}`))).toEqual(['dividers', ['b.ts', 'c', 'd']]);
  });

  it('is given up when it does not end', () => {
    const parser = new EditBlockParser();
    const events = parser.push('a.ts\n<<<<<<< SEARCH\n');
    for (let i = 0; i < 300; i++) events.push(...parser.push(`${'x'.repeat(5000)}\n`));
    events.push(...parser.push('=======\ny\n>>>>>>> REPLACE\nb.ts\n'), ...parser.push(block('c', 'd')), ...parser.end());
    expect(brief(events)).toEqual(['too-long', ['b.ts', 'c', 'd']]);
  });

  it('is given up when a line does not end', () => {
    const parser = new EditBlockParser();
    const events = parser.push('a.ts\n<<<<<<< SEARCH\n');
    for (let i = 0; i < 300; i++) events.push(...parser.push('x'.repeat(5000)));
    expect(brief([...events, ...parser.end()])).toEqual(['too-long']);
  });
});

describe('streaming', () => {
  const text = [
    `Two files.\r\n\r\nsrc/a.ts\n\`\`\`ts\n${block('a\nb', 'c')}\`\`\`\nand \`src/b.ts\`:\n`,
    `~~~\n${block('', 'new')}~~~\nsrc/c.ts\n<<<<<<< SEARCH :7\nx\n=======\n>>>>>>> REPLACE\n${block('p', 'q')}`,
    'd.ts\n<<<<<<< SEARCH\nnever ends',
  ].join('');

  it('does not depend on how the output is cut', () => {
    const random = new Random(7);
    const whole = parse(text);
    expect(brief(whole)).toHaveLength(5);
    for (let round = 0; round < 200; round++) {
      const pieces = (rest: string): string[] => {
        const result: string[] = [];
        for (let at = 0; at < rest.length;) {
          const size = random.whole(0, 12);
          result.push(rest.slice(at, at + size));
          at += size;
        }
        return result;
      };
      expect(parse(text, pieces)).toEqual(whole);
    }
  });

  it('yields a block in a fence as soon as the fence closes, and another one with the next line', () => {
    const parser = new EditBlockParser();
    expect(parser.push(`a.ts\n\`\`\`\n${block('a', 'b')}`)).toEqual([]);
    expect(parser.push('```\n')).toHaveLength(1);
    expect(parser.push(`b.ts\n${block('a', 'b')}`)).toEqual([]);
    expect(parser.push('Next, ')).toEqual([]);
    expect(parser.push('I change\n')).toHaveLength(1);
    expect(parser.end()).toEqual([]);
  });

  it('never throws, whatever comes', () => {
    const random = new Random(11);
    const parts = [
      '<<<<<<< SEARCH',
      '=======',
      '>>>>>>> REPLACE',
      '```',
      '~~~',
      '`',
      '\n',
      '\r\n',
      '\r',
      ' ',
      'a.ts',
      '../x',
      '<',
      '=',
      '>',
      '\0',
      '💥',
      '\ud800',
      '**',
    ];
    for (let round = 0; round < 2000; round++) {
      const noise = Array.from({ length: random.whole(0, 60) }, () => random.one(parts)).join(random.one(['', '\n']));
      const events = parse(noise);
      for (const event of events)
        if (event.kind === 'block') for (const line of [...event.block.search, ...event.block.replace]) expect(line).not.toContain('\n');
    }
  });
});
