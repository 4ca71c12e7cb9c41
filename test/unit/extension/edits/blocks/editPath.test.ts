/** Which paths of a model lead to a file that may be changed, on a real disk with links in it. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveEditPath } from '../../../../../src/extension/edits/blocks/editPath';

let home: string;
let folder: string;
let other: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'bonsai-edit-path-'));
  folder = join(home, 'app');
  other = join(home, 'lib');
  for (const path of ['app/src/deep', 'app/.git', 'app/real', 'lib/src', 'outside']) mkdirSync(join(home, path), { recursive: true });
  const files = {
    'app/src/a.ts': 'a\n',
    'app/my file.ts': 'a\n',
    'app/.git/config': 'x\n',
    'lib/src/b.ts': 'b\n',
    'outside/secret.txt': 's\n',
  };
  for (const [path, text] of Object.entries({
    ...files,
    'app/real/c.ts': 'c\n',
    'app/fixed.ts': 'r\n',
    'app/large.ts': '',
    'app/src/аpp.ts': 'x\n',
  }))
    writeFileSync(join(home, path), text);
  writeFileSync(join(folder, 'image.bin'), Buffer.from([0x89, 0x50, 0, 1, 2, 3, 0, 0]));
  chmodSync(join(folder, 'fixed.ts'), 0o444);
  truncateSync(join(folder, 'large.ts'), 2_000_001);
  symlinkSync(join(home, 'outside'), join(folder, 'way-out'));
  symlinkSync(join(home, 'outside/secret.txt'), join(folder, 'secret.ts'));
  symlinkSync(join(home, 'nowhere.ts'), join(folder, 'dangling.ts'));
  symlinkSync(join(folder, 'real'), join(folder, 'inner'));
  symlinkSync(join(folder, '.git'), join(folder, 'hidden-git'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const resolve = (path: string, ...folders: string[]) =>
  resolveEditPath(
    path,
    folders.map((one) => ({ path: one })),
  );

describe('a path inside the workspace', () => {
  it('is found, however it is written', async () => {
    const found = { path: join(folder, 'src/a.ts'), exists: true };
    for (const path of ['src/a.ts', './src/a.ts', 'src\\a.ts', 'src//a.ts', ' src/a.ts ', 'src/./a.ts', 'app/src/a.ts'])
      expect(await resolve(path, folder), path).toEqual(found);
    expect(await resolve('my file.ts', folder)).toEqual({ path: join(folder, 'my file.ts'), exists: true });
    expect(await resolve('inner/c.ts', folder)).toEqual({ path: join(folder, 'inner/c.ts'), exists: true });
    expect(await resolve('src/аpp.ts', folder), 'a name of two scripts that is there').toMatchObject({ exists: true });
  });

  it('may name a file to be made, in folders to be made', async () => {
    expect(await resolve('src/new.ts', folder)).toEqual({ path: join(folder, 'src/new.ts'), exists: false });
    expect(await resolve('a/b/c/new.ts', folder)).toEqual({ path: join(folder, 'a/b/c/new.ts'), exists: false });
    expect(await resolve('inner/new.ts', folder)).toEqual({ path: join(folder, 'inner/new.ts'), exists: false });
  });

  it('begins with the folder where there are several', async () => {
    expect(await resolve('lib/src/b.ts', folder, other)).toEqual({ path: join(other, 'src/b.ts'), exists: true });
    expect(await resolve('src/b.ts', folder, other)).toEqual({ path: join(other, 'src/b.ts'), exists: true });
    expect(await resolve('lib/new.ts', folder, other)).toEqual({ path: join(other, 'new.ts'), exists: false });
    expect(await resolve('new.ts', folder, other)).toEqual({ path: join(folder, 'new.ts'), exists: false });
  });
});

describe('every other path is refused', () => {
  it.each([
    ['../outside/secret.txt', 'outside'],
    ['src/../../outside/secret.txt', 'outside'],
    ['src/..', 'outside'],
    ['..\\outside\\secret.txt', 'outside'],
    ['/etc/passwd', 'outside'],
    ['//host/share/x', 'outside'],
    ['\\\\host\\share', 'outside'],
    ['C:\\x.ts', 'outside'],
    ['c:x.ts', 'outside'],
    ['file:///etc/passwd', 'outside'],
    ['https://example.org/a.ts', 'outside'],
    ['~/x.ts', 'outside'],
    ['', 'no-path'],
    ['   ', 'no-path'],
    ['.', 'bad-name'],
    ['a\0.ts', 'bad-name'],
    ['a\nb.ts', 'bad-name'],
    ['src/\u202ets.a', 'bad-name'],
    ['src/a\u200b.ts', 'bad-name'],
    ['src/a*.ts', 'bad-name'],
    ['src/a.ts:stream', 'bad-name'],
    ['src/new./x.ts', 'bad-name'],
    ['src/new.ts.', 'bad-name'],
    [`${'a/'.repeat(300)}x.ts`, 'bad-name'],
    ['src/nеw.ts', 'bad-name'],
    ['.git/config', 'git-folder'],
    ['.git/hooks/pre-commit', 'git-folder'],
    ['.GIT/config', 'git-folder'],
    ['src/.git/config', 'git-folder'],
    ['git~1/config', 'git-folder'],
    ['hidden-git/config', 'git-folder'],
    ['hidden-git/hooks/pre-commit', 'git-folder'],
    ['.g\u200cit/config', 'bad-name'],
    ['.git./config', 'bad-name'],
    ['way-out/secret.txt', 'through-link'],
    ['way-out/new.ts', 'through-link'],
    ['way-out/deep/new.ts', 'through-link'],
    ['secret.ts', 'through-link'],
    ['dangling.ts', 'through-link'],
    ['src', 'not-a-file'],
    ['src/a.ts/new.ts', 'not-a-file'],
    ['fixed.ts', 'read-only'],
    ['large.ts', 'too-large'],
    ['image.bin', 'binary'],
  ])('%j: %s', async (path, refused) => {
    expect(await resolve(path, folder)).toEqual({ refused });
  });

  it('when no folder is open, or the folder is gone', async () => {
    expect(await resolve('a.ts')).toEqual({ refused: 'outside' });
    expect(await resolve('a.ts', join(home, 'gone'))).toEqual({ refused: 'outside' });
  });
});
