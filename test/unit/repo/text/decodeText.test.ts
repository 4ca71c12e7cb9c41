/** Encodings that source is kept in: each read as what it says, and bytes that mean nothing in any of them refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeText } from '../../../../src/repo/text/decodeText';

const fixtures = join(import.meta.dirname, '../../../fixtures/repo/encodings');
const bytesOf = (name: string) => readFileSync(join(fixtures, name));

describe('a file in the encoding of', () => {
  it.each([
    ['Japan, Shift-JIS', 'Stock.java', 'shift_jis', '// 在庫の上限を計算する関数'],
    ['Japan, ISO-2022-JP', 'Iso.rb', 'iso-2022-jp', '# 在庫の上限'],
    ['China, GBK', 'Order.c', 'gb18030', '/* 订单数量上限，不能超过 */'],
    ['Korea, EUC-KR', 'Euc.py', 'euc-kr', '# 재고 한도'],
    ['Western Europe, Windows-1252', 'Kunde.cs', 'windows-1252', '// Größe des Lagers für Kunden'],
    ['Windows, UTF-16', 'Utf16.cs', 'utf-16le', '// Größe'],
    ['Windows, UTF-8 with a mark', 'Utf8Bom.cs', 'utf-8', '// Größe'],
  ])('%s', async (_, name, encoding, firstLine) => {
    const decoded = await decodeText(bytesOf(name));
    expect(decoded).toMatchObject({ encoding });
    expect((decoded as { text: string }).text.split('\n')[0]).toBe(firstLine);
  });

  it.each([
    ['one letter of Latin-1 among ASCII', Buffer.from('// caf\xe9\nconst a = 1;\n', 'latin1'), 'windows-1252', '// café'],
    ['one letter of Latin-1 between spaces', Buffer.from('const \xfc = 1;\n', 'latin1'), 'windows-1252', 'const ü = 1;'],
    ['a German umlaut', Buffer.from('// Gr\xf6\xdfe\nconst a = 1;\n', 'latin1'), 'windows-1252', '// Größe'],
    ['what Windows-1252 has and Latin-1 has not', Buffer.from('// 5 \x80, \x93so\x94\n', 'latin1'), 'windows-1252', '// 5 €, “so”'],
    ['Windows-1251', Buffer.from([0x2f, 0x2f, 0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0x0a]), 'windows-1251', '//Привет'],
    ['KOI8-R', Buffer.from([0x23, 0xd0, 0xd2, 0xcf, 0xd7, 0xc5, 0xd2, 0xcb, 0xc1, 0x0a]), 'koi8-r', '#проверка'],
    ['UTF-16 LE without a mark', Buffer.from('const ü = 1;\n', 'utf16le'), 'utf-16le', 'const ü = 1;'],
    ['UTF-16 BE without a mark', Buffer.from('const ü = 1;\n', 'utf16le').swap16(), 'utf-16be', 'const ü = 1;'],
  ])('%s', async (_, bytes, encoding, firstLine) => {
    const decoded = await decodeText(bytes);
    expect(decoded).toMatchObject({ encoding });
    expect((decoded as { text: string }).text.split('\n')[0]).toBe(firstLine);
  });
});

describe('a declared encoding', () => {
  const short = Buffer.from([0x8f, 0xe3, 0x8c, 0xc0]);

  it('is used where it fits', async () => {
    expect(await decodeText(short, 'shift_jis')).toMatchObject({ text: '上限' });
  });

  const japanese = '在庫の上限を計算する関数\n注文数量は上限を超えない\n';

  it.each([
    ['utf-16le', Buffer.from(japanese, 'utf16le')],
    ['utf-16be', Buffer.from(japanese, 'utf16le').swap16()],
  ])('of %s is believed without a mark, where the bytes alone look like none', async (declared, bytes) => {
    expect(await decodeText(bytes)).toEqual({ reason: 'binary' });
    expect(await decodeText(bytes, declared)).toEqual({ text: japanese, encoding: declared });
  });

  it('of UTF-16 makes no text of what is none', async () => {
    const program = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0', 'latin1'), Buffer.alloc(64, 3)]);
    expect(await decodeText(program, 'utf-16le')).toEqual({ reason: 'binary' });
  });

  it.each(['utf-8', 'no such encoding'])('of %s is passed over where it does not', async (declared) => {
    expect(await decodeText(Buffer.from('// Gr\xf6\xdfe\n', 'latin1'), declared)).toMatchObject({ encoding: 'windows-1252' });
  });

  it('says nothing against what the bytes say themselves', async () => {
    expect(await decodeText(Buffer.from('// Größe\n'), 'shift_jis')).toMatchObject({ text: '// Größe\n', encoding: 'utf-8' });
  });
});

describe('what is no text', () => {
  it.each([
    ['random bytes', Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919 + ((i * i) >> 3)) % 256)), 'binary'],
    ['a zero byte in text', Buffer.from('text\0with zero'), 'binary'],
    ['bytes without meaning', Buffer.from([0x81, 0x98, 0x8d, 0x81, 0x98, 0x0a]), 'its encoding is not recognised; save it as UTF-8'],
  ])('%s has a reason', async (_, bytes, reason) => {
    expect(await decodeText(bytes)).toEqual({ reason });
  });

  it('does not take the colours of a terminal for Japanese', async () => {
    expect(await decodeText(Buffer.from(`${'echo hello, world\n'.repeat(9)}echo "\x1b[31mred\x1b(B\x1b[m"\n`))).toMatchObject({
      encoding: 'utf-8',
    });
  });
});
