/** The grammar of mentions: what is written is read back, whatever it names and whatever stands around it. */
import { describe, expect, it } from 'vitest';
import { formatMention, parseMentions, typingAt, withoutMention, type Mention } from '../../../src/protocol/mentions';
import { below, seeded } from '../../../src/sidecar/random';

const mentionsIn = (text: string) => parseMentions(text).map(({ mention }) => mention);

describe('a mention', () => {
  it.each<[string, Mention[]]>([
    ['@file:src/a.ts', [{ kind: 'file', path: 'src/a.ts' }]],
    [
      'Look at @file:src/a.ts, then @folder:src.',
      [
        { kind: 'file', path: 'src/a.ts' },
        { kind: 'folder', path: 'src' },
      ],
    ],
    ['(@file:a.ts)', [{ kind: 'file', path: 'a.ts' }]],
    ['@file:"src/a b.ts"!', [{ kind: 'file', path: 'src/a b.ts' }]],
    ['@symbol:src/a.ts#start()', [{ kind: 'symbol', path: 'src/a.ts', name: 'start' }]],
    ['@symbol:src/a.ts#"#hidden"', [{ kind: 'symbol', path: 'src/a.ts', name: '#hidden' }]],
    ['@selection and @problems', [{ kind: 'selection' }, { kind: 'problems' }]],
    ['@problems: fix them', [{ kind: 'problems' }]],
    ['@problems:src/a.ts?', [{ kind: 'problems', path: 'src/a.ts' }]],
    ['@file:../../etc/passwd', [{ kind: 'file', path: '../../etc/passwd' }]],
    ['@file:größe/maß.ts', [{ kind: 'file', path: 'größe/maß.ts' }]],
  ])('%s', (text, expected) => {
    expect(mentionsIn(text)).toEqual(expected);
  });

  it.each([
    'me@file:x',
    '@file: a.ts',
    '@file:',
    '@file:"not closed',
    '@file:"bad \\q escape"',
    '@symbol:src/a.ts',
    '@selections @problemsolver @selection:x',
    '@types/node and a/@file:b',
    '@component',
  ])('is not in %s', (text) => {
    expect(mentionsIn(text)).toEqual([]);
  });

  it('survives being written, for any names, in any sentence', () => {
    const random = seeded(7);
    const one = <T>(of: readonly T[]): T => of[below(random, of.length)]!;
    const characters = [
      'a',
      'Z',
      '9',
      ' ',
      '.',
      '/',
      '"',
      '\\',
      '#',
      ':',
      '@',
      ',',
      ')',
      '\n',
      '\t',
      'é',
      '文',
      '😀',
      '`',
      '-',
      '~',
      '\u2028',
      "'",
    ];
    const word = () => Array.from({ length: 1 + below(random, 9) }, () => one(characters)).join('');
    const make: (() => Mention)[] = [
      () => ({ kind: 'file', path: word() }),
      () => ({ kind: 'folder', path: word() }),
      () => ({ kind: 'symbol', path: word(), name: word() }),
      () => ({ kind: 'problems', path: word() }),
      () => ({ kind: 'problems' }),
      () => ({ kind: 'selection' }),
    ];
    const around = ['', ' ', 'see ', '(', '\n', '. ', ', '];
    const behind = ['', ' ', '.', ', and', ')', '\n', '? ', '!'];
    for (let round = 0; round < 3000; round++) {
      const mention = make[round % make.length]!();
      const before = one(around);
      const text = before + formatMention(mention) + one(behind);
      const found = parseMentions(text);
      expect(found, text).toEqual([{ mention, start: before.length, end: before.length + formatMention(mention).length }]);
    }
  });

  it('can be taken out again, and the others stay', () => {
    const text = 'Compare @file:a.ts with @file:"b c.ts" please';
    const [first, second] = parseMentions(text);
    expect(withoutMention(text, first!)).toBe('Compare with @file:"b c.ts" please');
    expect(withoutMention(text, second!)).toBe('Compare @file:a.ts with please');
    expect(withoutMention('@selection', parseMentions('@selection')[0]!)).toBe('');
  });
});

describe('what is being typed', () => {
  it.each([
    ['@', { kind: 'mention', query: '', start: 0 }],
    ['Look at @la', { kind: 'mention', query: 'la', start: 8 }],
    ['Look at @file:src/l', { kind: 'mention', of: 'file', query: 'src/l', start: 8 }],
    ['x @folder:"my do', { kind: 'mention', of: 'folder', query: 'my do', start: 2 }],
    ['@symbol:src/a.ts#st', { kind: 'mention', of: 'symbol', query: 'src/a.ts#st', start: 0 }],
    ['/', { kind: 'command', query: '', start: 0 }],
    ['/exp', { kind: 'command', query: 'exp', start: 0 }],
  ])('%s', (before, expected) => {
    expect(typingAt(before)).toEqual(expected);
  });

  it.each(['', 'a', 'me@la', 'Look at /exp', '/explain this', '/etc/passwd', '@file:"a b.ts"', '@file:a.ts ', '@file:"a" b'])(
    'nothing in %j',
    (before) => {
      expect(typingAt(before)).toBeUndefined();
    },
  );
});
