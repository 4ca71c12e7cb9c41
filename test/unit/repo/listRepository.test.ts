/** Which files of a folder are listed and which are named as skipped, with git and without it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { listRepository, readText } from '../../../src/repo';
import { paths, reasonOf, sandbox, withoutPrivileges } from './sandbox';

const box = sandbox();

describe.each(['git', 'plain'])('in a %s folder', (kind) => {
  beforeEach(() => {
    if (kind === 'git') box.git('init', '-q');
  });

  it('says which view it took', async () => {
    box.put('a.ts');
    expect((await listRepository(box.root)).git).toBe(kind === 'git');
  });

  it('honours .gitignore in every folder, and lists dot files', async () => {
    box.put('.gitignore', 'build/\n*.log\n!keep.log\n');
    box.put('sub/.gitignore', 'secret.ts\n');
    box.put('build/out.js');
    box.put('noise.log');
    box.put('keep.log');
    box.put('sub/secret.ts');
    box.put('sub/open.ts');
    box.put('.github/workflow.yml');
    expect(paths(await listRepository(box.root))).toEqual([
      '.github/workflow.yml',
      '.gitignore',
      'keep.log',
      'sub/.gitignore',
      'sub/open.ts',
    ]);
  });

  it('names what .bonsaiignore excludes, in every folder', async () => {
    box.put('.bonsaiignore', 'docs/\n*.txt\n!read.txt\n');
    box.put('docs/a.md');
    box.put('note.txt');
    box.put('read.txt');
    box.put('sub/.bonsaiignore', '/local.ts\n');
    box.put('sub/local.ts');
    box.put('local.ts');
    const listing = await listRepository(box.root);
    expect(paths(listing)).toEqual(['.bonsaiignore', 'local.ts', 'read.txt', 'sub/.bonsaiignore']);
    for (const path of ['docs/a.md', 'note.txt', 'sub/local.ts']) expect(reasonOf(listing, path)).toBe('excluded by .bonsaiignore');
  });

  it('keeps hostile names whole', async () => {
    const names = [
      // With rules to hold the others against.
      '.gitignore',
      '.bonsaiignore',
      'line\nbreak.ts',
      'quote"\'.ts',
      'naïve 日本語.ts',
      '-rf.ts',
      'a b.ts',
      '$(touch x).ts',
      '[x]{y}.ts',
      '!bang.ts',
      'back\\slash.ts',
      '..\\..\\up.ts',
      'tab\there.ts',
      ' before and after ',
      // The same to the eye, two files on disk: composed and decomposed.
      'caf\u00e9.ts',
      'cafe\u0301.ts',
      `${'n'.repeat(252)}.ts`,
    ];
    for (const name of names) box.put(name, `// ${name}`);
    const listing = await listRepository(box.root);
    expect(new Set(paths(listing))).toEqual(new Set(names));
    for (const file of listing.files) expect(await readText(box.root, file)).toMatchObject({ text: `// ${file.path}` });
  });

  it('names a file whose name is not UTF-8', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${box.root}/caf`), Buffer.from([0xe9]), Buffer.from('.ts')]), 'const a = 1;');
    const listing = await listRepository(box.root);
    expect(paths(listing)).toEqual([]);
    expect(listing.skipped).toEqual([{ path: 'caf\ufffd.ts', reason: 'file name is not valid UTF-8' }]);
  });

  it('lists in the same order every time', async () => {
    for (const name of ['b.ts', 'a/z.ts', 'Z.ts', 'a.ts', 'é.ts']) box.put(name);
    expect(paths(await listRepository(box.root))).toEqual(['Z.ts', 'a.ts', 'a/z.ts', 'b.ts', 'é.ts']);
    expect(await listRepository(box.root)).toEqual(await listRepository(box.root));
  });

  it('says how large a file is and when it changed', async () => {
    utimesSync(box.put('a.ts', '12345'), 1000, 1234.5);
    expect((await listRepository(box.root)).files).toEqual([
      { path: 'a.ts', absolutePath: join(box.root, 'a.ts'), bytes: 5, mtimeMs: 1_234_500 },
    ]);
  });

  it('takes back what .bonsaiignore excludes, but not below an excluded folder', async () => {
    box.put('.bonsaiignore', '*.sql\n!schema.sql\ndump/\n!dump/kept.sql\n');
    for (const name of ['data.sql', 'db/schema.sql', 'dump/kept.sql']) box.put(name);
    const listing = await listRepository(box.root);
    expect(paths(listing)).toEqual(['.bonsaiignore', 'db/schema.sql']);
    for (const path of ['data.sql', 'dump/kept.sql']) expect(reasonOf(listing, path)).toBe('excluded by .bonsaiignore');
  });

  it('understands ignore files in folders of any name', async () => {
    const folders = ['[id]', 'a*', 'b?', '!c', '#d', 'e ', ' f', '{i,j}', '(k)', 'coverage', 'flow-typed', 'app/[slug]/deep'];
    for (const folder of folders) {
      box.put(`${folder}/.bonsaiignore`, 'kept/\n*.sql\n!good.sql\n');
      box.put(`${folder}/.gitignore`, 'built.ts\n');
      for (const name of ['kept/a.ts', 'bad.sql', 'good.sql', 'built.ts']) box.put(`${folder}/${name}`);
    }
    // What `[id]` would mean as a pattern.
    box.put('i/bad.sql');
    const listing = await listRepository(box.root);
    const shown = (names: string[]) => folders.flatMap((folder) => names.map((name) => `${folder}/${name}`)).sort();
    expect(paths(listing)).toEqual([...shown(['.bonsaiignore', '.gitignore', 'good.sql']), 'i/bad.sql'].sort());
    expect(listing.skipped.map((file) => file.path)).toEqual(shown(['bad.sql', 'kept/a.ts']));
  });

  it('is not held up by an ignore file made to be slow', async () => {
    box.put('.gitignore', '*a*a*a*a*a*a*a*a*a*a*b\n');
    box.put('.bonsaiignore', '*a*a*a*a*a*a*a*a*a*a*c\n');
    box.put('a'.repeat(200));
    expect(paths(await listRepository(box.root))).toHaveLength(3);
  }, 10_000);

  it('never opens files that are there to hold a secret', async () => {
    const held = [
      '.env',
      'app/.env.local',
      '.env.production',
      'keys/id_rsa',
      'id_ed25519',
      '.git-credentials',
      '.pgpass',
      'home/.aws/credentials',
    ];
    const read = [
      '.env.example',
      '.env.sample',
      'app/.env.local.template',
      'env.ts',
      'id_rsa.pub',
      'id_rsa.md',
      '.npmrc',
      'aws/credentials',
    ];
    for (const name of [...held, ...read]) box.put(name);
    const listing = await listRepository(box.root);
    expect(new Set(paths(listing))).toEqual(new Set(read));
    for (const name of held) expect(reasonOf(listing, name)).toMatch(/^held back: /);
  });

  it('names a folder that it may not enter, and fails for one that is itself closed', async () => {
    box.put('open/a.ts');
    box.put('closed/b.ts');
    chmodSync(join(box.root, 'closed'), 0);
    const folders = ['', 'open', 'closed', '.git'].map((name) => join(box.root, name)).filter(existsSync);
    await withoutPrivileges(folders, async () => {
      const listing = await listRepository(box.root);
      expect(listing.git).toBe(kind === 'git');
      expect(paths(listing)).toEqual(['open/a.ts']);
      expect(listing.skipped).toEqual([{ path: 'closed', reason: 'no permission to enter the folder' }]);
      await expect(listRepository(join(box.root, 'closed'))).rejects.toThrow(join(box.root, 'closed'));
    });
  });

  it('skips by name: lock files, minified code, source maps', async () => {
    for (const name of ['package-lock.json', 'sub/Cargo.lock', 'x.min.js', 'x.js.map', 'map.ts', 'lock.ts']) box.put(name);
    const listing = await listRepository(box.root);
    expect(paths(listing)).toEqual(['lock.ts', 'map.ts']);
    expect(listing.skipped.map(({ reason }) => reason)).toEqual(['lock file', 'lock file', 'source map', 'minified']);
  });

  it('skips a 200 MB file without reading it, and an empty one', async () => {
    truncateSync(box.put('huge.sql'), 200_000_000);
    box.put('empty.ts', '');
    const listing = await listRepository(box.root);
    expect(reasonOf(listing, 'huge.sql')).toBe('larger than 1 MB (200 MB)');
    expect(reasonOf(listing, 'empty.ts')).toBe('empty');
    expect(paths(listing)).toEqual([]);
  });

  it('follows no link: outside, in a loop, to nothing, inside', async () => {
    box.put('real/a.ts');
    writeFileSync(join(box.outside, 'secret.ts'), 'secret');
    symlinkSync(join(box.outside, 'secret.ts'), join(box.root, 'out.ts'));
    symlinkSync(box.outside, join(box.root, 'outdir'));
    symlinkSync('loop.ts', join(box.root, 'loop.ts'));
    symlinkSync('..', join(box.root, 'real/up'));
    symlinkSync('pong', join(box.root, 'ping'));
    symlinkSync('ping', join(box.root, 'pong'));
    symlinkSync('nowhere', join(box.root, 'dead.ts'));
    symlinkSync('real/a.ts', join(box.root, 'in.ts'));
    const listing = await listRepository(box.root);
    expect(paths(listing)).toEqual(['real/a.ts']);
    expect(reasonOf(listing, 'out.ts')).toBe('symbolic link leaving the folder');
    expect(reasonOf(listing, 'outdir')).toBe('symbolic link leaving the folder');
    for (const loop of ['loop.ts', 'ping', 'pong']) expect(reasonOf(listing, loop)).toBe('symbolic link that leads back to itself');
    expect(reasonOf(listing, 'dead.ts')).toBe('symbolic link to nothing (nowhere)');
    expect(reasonOf(listing, 'in.ts')).toBe('symbolic link; its target is read under its own name');
    expect(reasonOf(listing, 'real/up')).toMatch(/^symbolic link/);
  });

  it('lists an empty folder as nothing', async () => {
    expect(await listRepository(box.root)).toMatchObject({ files: [], skipped: [] });
  });
});

describe('special files', () => {
  it('are named and never opened in a folder without git', async () => {
    box.put('a.ts');
    execFileSync('mkfifo', [join(box.root, 'pipe')]);
    const server = createServer().listen(join(box.root, 'sock'));
    await new Promise((resolve) => server.once('listening', resolve));
    const listing = await listRepository(box.root);
    server.close();
    expect(paths(listing)).toEqual(['a.ts']);
    expect(reasonOf(listing, 'pipe')).toBe('not a regular file (named pipe)');
    expect(reasonOf(listing, 'sock')).toBe('not a regular file (socket)');
  });
});

it('fails for a folder that is not there, and for a file', async () => {
  await expect(listRepository(join(box.root, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(listRepository(box.put('a.ts'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});
