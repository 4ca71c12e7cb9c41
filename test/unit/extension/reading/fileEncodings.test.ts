import { expect, it } from 'vitest';
import { decoderName, encodingRules, languagesOf } from '../../../../src/extension/reading/fileEncodings';

const manifests = [
  { contributes: { languages: [{ id: 'python', extensions: ['.py', '.PYW'], filenames: ['SConstruct'] }] } },
  { contributes: { languages: [{ id: 'python', extensions: ['.pyi'] }, { id: 'java' }] } },
  { contributes: { languages: 'none' } },
  { name: 'without' },
  undefined,
];
const folder = { folder: '/work', encoding: 'utf8', languages: new Map<string, string>(), associations: {} };

it('nothing is said where everything is UTF-8', () => {
  expect(encodingRules([folder, { ...folder, folder: '/other', encoding: 'utf8bom' }], () => new Map())).toEqual([]);
});

it('a language that has a value of its own comes before the folder, with every name of its files', () => {
  const languages = new Map([['python', 'shiftjis']]);
  const associations = { '*.tool': 'python', '**/Build': 'python', 'src/**/x.py': 'python', '*.jav': 'java' };
  expect(encodingRules([{ ...folder, encoding: 'windows1252', languages, associations }], () => languagesOf(manifests))).toEqual([
    { folder: '/work', encoding: 'shift_jis', names: ['.tool', 'build', '.py', '.pyw', 'sconstruct', '.pyi'] },
    { folder: '/work', encoding: 'windows-1252' },
  ]);
});

it('a language can be UTF-8 in a folder that is not', () => {
  const languages = new Map([['java', 'utf8']]);
  expect(encodingRules([{ ...folder, encoding: 'gbk', languages }], () => languagesOf(manifests))).toEqual([
    { folder: '/work', encoding: 'utf-8', names: [] },
    { folder: '/work', encoding: 'gbk' },
  ]);
});

// The names of VS Code's workbench/services/textfile/common/encoding.ts that a decoder of Node knows; it has none for ISO 8859-16 and code pages of DOS.
it.each([
  ...['utf8', 'utf8bom', 'utf16le', 'utf16be', 'windows1252', 'iso88591', 'iso88593', 'iso885915', 'macroman', 'windows1256', 'iso88596'],
  ...['windows1257', 'iso88594', 'iso885914', 'windows1250', 'iso88592', 'windows1251', 'cp866', 'iso88595', 'koi8r', 'koi8u', 'iso885913'],
  ...['windows1253', 'iso88597', 'windows1255', 'iso88598', 'iso885910', 'windows1254', 'iso88599', 'windows1258', 'gbk'],
  ...['gb18030', 'cp950', 'big5hkscs', 'shiftjis', 'eucjp', 'euckr', 'windows874', 'iso885911', 'gb2312'],
])('%s has a decoder', (name) => {
  expect(new TextDecoder(decoderName(name)).encoding).not.toBe('');
});
