/** Several folders as one listing: every file once, under a path of its own that people recognise. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { below, seeded } from '../../../src/sidecar/random';
import { listFolders, type FoldersListing } from '../../../src/repo';
import { folderNames } from '../../../src/repo/folderNames';
import { gitIn, sandbox } from './sandbox';

const box = sandbox();
const at = (...names: string[]) => names.map((name) => join(box.root, name));
const shown = (listing: FoldersListing) => listing.files.map((entry) => entry.path);

describe('the shown path', () => {
  it('is the file’s own in a single folder', async () => {
    box.put('src/a.ts');
    const listing = await listFolders([box.root]);
    expect(listing.files).toMatchObject([{ path: 'src/a.ts', folder: box.root, file: { path: 'src/a.ts' } }]);
    expect(listing.folders).toEqual([{ folder: box.root, name: '', git: false }]);
  });

  it('begins with the name of the folder when there are several, in skipped files, too', async () => {
    box.put('api/a.ts');
    box.put('web/a.ts');
    box.put('web/yarn.lock');
    gitIn(join(box.root, 'web'), 'init', '-q');
    const listing = await listFolders(at('web', 'api'));
    expect(shown(listing)).toEqual(['web/a.ts', 'api/a.ts']);
    expect(listing.skipped).toEqual([{ path: 'web/yarn.lock', reason: 'lock file' }]);
    expect(listing.folders.map(({ name, git }) => [name, git])).toEqual([
      ['web', true],
      ['api', false],
    ]);
  });

  it('has the parent, too, where names are equal', async () => {
    for (const path of ['shop/api/a.ts', 'bank/api/a.ts', 'web/a.ts']) box.put(path);
    expect(shown(await listFolders(at('shop/api', 'bank/api', 'web')))).toEqual(['shop/api/a.ts', 'bank/api/a.ts', 'web/a.ts']);
  });

  it.each([
    [['/w/api'], ['api']],
    [
      ['/w/api', '/w/web'],
      ['api', 'web'],
    ],
    [
      ['/x/api', '/y/api', '/y/web'],
      ['x/api', 'y/api', 'web'],
    ],
    [
      ['/x/p/api', '/y/p/api'],
      ['x/p/api', 'y/p/api'],
    ],
    [
      ['/w', '/w/api'],
      ['w', 'api'],
    ],
    // `x` may hold an `api`: as `x/api/a.ts` it could be either.
    [
      ['/p/x/api', '/y/api', '/q/x'],
      ['p/x/api', 'y/api', 'q/x'],
    ],
    [
      ['/p/x/api', '/y/api', '/p/x'],
      ['x/api', 'y/api', 'x'],
    ],
    [
      ['/api', '/x/api'],
      ['api', 'x/api'],
    ],
  ])('of %j begins with %j', (folders, names) => {
    expect(folderNames(folders)).toEqual(names);
  });

  it('is never that of another file', () => {
    const random = seeded(4);
    for (let round = 0; round < 2000; round++) {
      const path = () => Array.from({ length: 1 + below(random, 4) }, () => 'ab'[below(random, 2)]).join('/');
      const folders = [...new Set(Array.from({ length: 2 + below(random, 4) }, () => `/${path()}`))];
      const names = folderNames(folders);
      const files = new Map<string, string>();
      for (let i = 0; i < 40; i++) {
        const file = `/${path()}/${path()}/f`;
        const owner = folders.filter((folder) => file.startsWith(`${folder}/`)).sort((a, b) => b.length - a.length)[0];
        if (owner === undefined) continue;
        const name = `${names[folders.indexOf(owner)]!}${file.slice(owner.length)}`;
        expect(files.get(name) ?? file, `${name} in ${JSON.stringify(folders)}`).toBe(file);
        files.set(name, file);
        expect(file.endsWith(`/${name}`)).toBe(true);
      }
    }
  });
});

describe('every file is listed once', () => {
  it('when a folder is given twice, also by a link', async () => {
    box.put('api/a.ts');
    symlinkSync(join(box.root, 'api'), join(box.outside, 'link'));
    const listing = await listFolders([...at('api', 'api/', 'api/../api'), join(box.outside, 'link')]);
    expect(shown(listing)).toEqual(['a.ts']);
  });

  it('when one folder is inside another, under the inner one', async () => {
    for (const path of ['a.ts', 'packages/x/b.ts', 'packages/x/yarn.lock', 'packages/xy/c.ts']) box.put(path);
    const name = basename(box.root);
    for (const folders of [
      [box.root, ...at('packages/x')],
      [...at('packages/x'), box.root],
    ]) {
      const listing = await listFolders(folders);
      expect(new Set(shown(listing))).toEqual(new Set([`${name}/a.ts`, `${name}/packages/xy/c.ts`, 'x/b.ts']));
      expect(listing.skipped).toEqual([{ path: 'x/yarn.lock', reason: 'lock file' }]);
    }
  });

  it('when the inner folder is a repository of its own', async () => {
    box.git('init', '-q');
    box.put('a.ts');
    box.put('inner/b.ts');
    gitIn(join(box.root, 'inner'), 'init', '-q');
    const listing = await listFolders([box.root, join(box.root, 'inner')]);
    expect(shown(listing)).toEqual([`${basename(box.root)}/a.ts`, 'inner/b.ts']);
    expect(listing.skipped).toEqual([]);
  });

  it('and none that the outer folder keeps from the model', async () => {
    box.put('.bonsaiignore', 'inner/private/\n');
    box.put('inner/private/a.ts');
    box.put('inner/b.ts');
    const listing = await listFolders([box.root, join(box.root, 'inner')]);
    expect(shown(listing)).toEqual([`${basename(box.root)}/.bonsaiignore`, 'inner/b.ts']);
    expect(listing.skipped).toEqual([{ path: 'inner/private/a.ts', reason: 'excluded by .bonsaiignore' }]);
  });
});

describe('a folder that cannot be listed', () => {
  it('fails with its path when it is the only one', async () => {
    const [gone, file] = [join(box.root, 'gone'), box.put('file.ts')];
    await expect(listFolders([gone])).rejects.toMatchObject({ code: 'ENOENT', message: expect.stringContaining(gone) as string });
    await expect(listFolders([file])).rejects.toMatchObject({ code: 'ENOTDIR', message: expect.stringContaining(file) as string });
    await expect(listFolders([gone, gone])).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is named beside the others that can', async () => {
    box.put('api/a.ts');
    box.put('file.ts');
    const listing = await listFolders(at('gone', 'api', 'file.ts'));
    expect(shown(listing)).toEqual(['api/a.ts']);
    expect(listing.folders.map(({ name }) => name)).toEqual(['api']);
    expect(listing.skipped).toEqual([
      { path: 'file.ts', reason: 'not a folder' },
      { path: 'gone', reason: 'the folder does not exist' },
    ]);
  });

  it('takes nothing from the folder around it', async () => {
    box.put('file.ts');
    const listing = await listFolders([box.root, ...at('file.ts')]);
    expect(shown(listing)).toEqual([`${basename(box.root)}/file.ts`]);
    expect(listing.skipped).toEqual([{ path: 'file.ts', reason: 'not a folder' }]);
  });

  it('leaves the paths of the others as they are', async () => {
    box.put('x/api/a.ts');
    box.put('y/api/a.ts');
    rmSync(join(box.root, 'y'), { recursive: true });
    expect(shown(await listFolders(at('x/api', 'y/api')))).toEqual(['x/api/a.ts']);
  });

  it('is no error when none is given', async () => {
    expect(await listFolders([])).toEqual({ files: [], skipped: [], folders: [], notes: [] });
  });
});

it('agrees with itself', async () => {
  for (const path of ['b/z.ts', 'b/Z.ts', 'a/é.ts', 'a/e.ts', 'a/sub/x.ts']) {
    mkdirSync(dirname(join(box.root, path)), { recursive: true });
    writeFileSync(join(box.root, path), 'let a;');
  }
  const once = await listFolders(at('b', 'a'));
  expect(shown(once)).toEqual(['b/Z.ts', 'b/z.ts', 'a/e.ts', 'a/sub/x.ts', 'a/é.ts']);
  expect(await listFolders(at('b', 'a'))).toEqual(once);
});
