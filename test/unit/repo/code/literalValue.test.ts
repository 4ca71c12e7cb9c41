/** What counts as a value that stands in the source as it is. */
import { describe, expect, it } from 'vitest';
import { literalValue } from '../../../../src/repo/code/literalValue';

const valueOf = (text: string) => literalValue(text, { start: 0, end: text.length });

describe('a literal', () => {
  it.each([
    '42',
    '-1',
    '+3',
    '0x1F',
    '0b1010',
    '0o17',
    '1_000_000',
    "1'000",
    '3.14',
    '.5',
    '1.',
    '1e-9',
    '6.02E+23',
    '42u32',
    '10UL',
    '2.0f',
    '10n',
    '0x1p-3',
  ])('may be the number %s', (text) => expect(valueOf(text)).toBe(text));

  it.each([
    '"a"',
    "'a'",
    '`a`',
    '""',
    '"say \\"hi\\""',
    "'it\\'s'",
    'L"wide"',
    'u8"x"',
    'b"bytes"',
    'r"raw\\d"',
    '@"C:\\dir"',
    '@"say ""hi"""',
    'r#"x"#',
    '"""doc"""',
  ])('may be the string %s', (text) => expect(valueOf(text)).toBe(text));

  it.each(['true', 'False', 'TRUE'])('may be %s', (text) => expect(valueOf(text)).toBe(text));

  it('is taken without the white space around it, from where it stands', () => {
    expect(literalValue('const a =  42 ;', { start: 9, end: 14 })).toBe('42');
  });
});

describe('no literal', () => {
  it.each([
    'name',
    'f(1)',
    '1 + 2',
    '"a" + "b"',
    '"a" "b"',
    "'a' + 'b'",
    '`a ${b}`',
    'f"a {b}"',
    'rf"a {b}"',
    'F"a"',
    '$"a {b}"',
    '"a #{b}"',
    '"a $b"',
    '"a {$b}"',
    'null',
    'undefined',
    '[1]',
    '{}',
    '-',
    '',
    '1.2.3',
    '"unfinished',
    'a"b"c',
  ])('is %s', (text) => expect(valueOf(text)).toBeUndefined());

  it('is longer than a line of a search result, or than a line', () => {
    expect(valueOf(`"${'a'.repeat(78)}"`)).toBeDefined();
    expect(valueOf(`"${'a'.repeat(79)}"`)).toBeUndefined();
    expect(valueOf('"a\nb"')).toBeUndefined();
  });
});
