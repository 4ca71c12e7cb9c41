/** A file that a person names: read like every other, of any size and through links, and what speaks against it is told. */
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readNamedFile, reasonsAgainst, type FileText } from '../../../src/repo';
import { sandbox } from './sandbox';

const box = sandbox();
const fixture = (name: string) => join(import.meta.dirname, '../../fixtures/repo/line-ends', name);
const read = async (path: string) => (await readNamedFile(path)) as FileText;

describe('a named file', () => {
  it.each([
    ['crlf.ts', '\r\n', 'utf-8'],
    ['cr.ts', '\r', 'utf-8'],
    ['bom.ts', '\n', 'utf-8'],
    ['u16.ts', '\n', 'utf-16le'],
  ])('%s is the same text as with line feeds and UTF-8', async (name, lineEnd, encoding) => {
    const plain = await read(fixture('lf.ts'));
    expect(await read(fixture(name))).toMatchObject({ text: plain.text, exact: plain.text, hash: plain.hash, lineEnd, encoding });
  });

  it('in Latin-1 is read', async () => {
    const plain = await read(fixture('lf.ts'));
    expect((await read(fixture('latin1.ts'))).text).toBe(`// Größe\n${plain.text}`);
  });

  it('keeps what else could be taken for a line end', async () => {
    expect((await read(fixture('ls.ts'))).text).toBe(readFileSync(fixture('ls.ts'), 'utf8'));
  });

  it('may be large, and a link', async () => {
    const text = 'const a = 1;\n'.repeat(200_000);
    symlinkSync(box.put('large.ts', text), join(box.outside, 'link.ts'));
    expect((await read(join(box.outside, 'link.ts'))).text).toBe(text);
  });

  it.each([
    ['that is not there', 'nowhere.ts', 'there is no such file'],
    ['that is a folder', '.', 'not a regular file (folder)'],
    ['that is binary', 'a.bin', 'binary'],
    ['that is empty', 'empty.ts', 'empty'],
  ])('%s has a reason', async (_, name, reason) => {
    box.put('a.bin', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 1]));
    box.put('empty.ts', '');
    expect(await readNamedFile(join(box.root, name))).toEqual({ reason });
  });
});

describe('against a named file', () => {
  const against = async (name: string, text = 'a = 1\n') => reasonsAgainst(box.put(name, text), text);

  it('speaks nothing when it would be read', async () => {
    expect(await against('src/a.py')).toEqual({});
  });

  it.each([
    ['a secret by its name', '.env', 'A=1\n', 'held back: .env files hold secrets'],
    ['a secret in it', 'a.py', `token = "ghp_${'aB3dE6gH9'.repeat(4)}"\n`, 'held back: looks like a GitHub token (line 1)'],
    ['the rules of the person, above it', 'src/deep/private.py', 'a = 1\n', 'excluded by .bonsaiignore'],
  ])('speaks %s, for good', async (_, name, text, heldBack) => {
    box.git('init', '-q');
    box.put('src/.bonsaiignore', 'private.*\n');
    expect(await against(name, text)).toEqual({ heldBack });
  });

  it.each([
    ['what it says of itself', 'a.py', '# @generated\na = 1\n', 'generated, as it says itself'],
    ['its name', 'yarn.lock', 'a\n', 'lock file'],
  ])('speaks %s, though it may be read', async (_, name, text, leftOut) => {
    expect(await against(name, text)).toEqual({ leftOut });
  });

  describe.each(['git', 'no git'])('speak rules of git, asked of %s', (asked) => {
    const { PATH } = process.env;
    afterEach(() => void (process.env['PATH'] = PATH));

    it('that ignore it, but not when it is tracked', async () => {
      box.git('init', '-q');
      box.put('.gitignore', 'build/\n*.local.ts\n');
      box.put('.git/info/exclude', 'own.ts\n');
      box.put('kept.local.ts', 'a = 1\n');
      box.git('add', '-f', 'kept.local.ts');
      if (asked === 'no git') process.env['PATH'] = box.outside;
      for (const name of ['build/deep/a.ts', 'src/x.local.ts', 'own.ts'])
        expect(await against(name), name).toEqual({ leftOut: 'ignored by git' });
      for (const name of ['src/a.ts', 'kept.local.ts']) expect(await against(name), name).toEqual({});
    });
  });

  it('speaks a .gitignore beside it, where there is no repository', async () => {
    box.put('.gitignore', 'a.*\n');
    expect(await against('a.ts')).toEqual({ leftOut: 'ignored by git' });
    expect(await against('b.ts')).toEqual({});
  });
});
