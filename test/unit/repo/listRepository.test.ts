/** Every kind of file that a real folder may hold: read, or skipped with its reason; never followed outside, never hung on. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listRepository, readText, type Listing } from '../../../src/repo';

let root: string;
let outside: string;

const put = (path: string, content: string | Buffer = 'const a = 1;\n') => {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: root, stdio: 'pipe' });
const paths = (listing: Listing) => listing.files.map((file) => file.path);
const reasonOf = (listing: Listing, path: string) => listing.skipped.find((file) => file.path === path)?.reason;
const read = async (listing: Listing, path: string) => {
  const file = listing.files.find((each) => each.path === path);
  expect(file, `${path} is listed`).toBeDefined();
  return readText(root, file!);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bonsai-repo-'));
  outside = mkdtempSync(join(tmpdir(), 'bonsai-outside-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
  rmSync(outside, { recursive: true, force: true });
});

describe.each(['git', 'plain'])('in a %s folder', (kind) => {
  beforeEach(() => {
    if (kind === 'git') git('init', '-q');
  });

  it('says which view it took', async () => {
    put('a.ts');
    expect((await listRepository(root)).git).toBe(kind === 'git');
  });

  it('honours .gitignore in every folder, and lists dot files', async () => {
    put('.gitignore', 'build/\n*.log\n!keep.log\n');
    put('sub/.gitignore', 'secret.ts\n');
    put('build/out.js');
    put('noise.log');
    put('keep.log');
    put('sub/secret.ts');
    put('sub/open.ts');
    put('.github/workflow.yml');
    expect(paths(await listRepository(root))).toEqual(['.github/workflow.yml', '.gitignore', 'keep.log', 'sub/.gitignore', 'sub/open.ts']);
  });

  it('names what .bonsaiignore excludes, in every folder', async () => {
    put('.bonsaiignore', 'docs/\n*.txt\n!read.txt\n');
    put('docs/a.md');
    put('note.txt');
    put('read.txt');
    put('sub/.bonsaiignore', '/local.ts\n');
    put('sub/local.ts');
    put('local.ts');
    const listing = await listRepository(root);
    expect(paths(listing)).toEqual(['.bonsaiignore', 'local.ts', 'read.txt', 'sub/.bonsaiignore']);
    for (const path of ['docs/a.md', 'note.txt', 'sub/local.ts']) expect(reasonOf(listing, path)).toBe('excluded by .bonsaiignore');
  });

  it('keeps hostile names whole', async () => {
    const names = [
      'line\nbreak.ts',
      'quote"\'.ts',
      'naïve 日本語.ts',
      '-rf.ts',
      'a b.ts',
      '$(touch x).ts',
      '[x]{y}.ts',
      '!bang.ts',
      'back\\slash.ts',
    ];
    for (const name of names) put(name, `// ${name}`);
    const listing = await listRepository(root);
    expect(new Set(paths(listing))).toEqual(new Set(names));
    for (const name of names) expect(await read(listing, name)).toEqual({ text: `// ${name}` });
  });

  it('lists in the same order every time', async () => {
    for (const name of ['b.ts', 'a/z.ts', 'Z.ts', 'a.ts', 'é.ts']) put(name);
    expect(paths(await listRepository(root))).toEqual(['Z.ts', 'a.ts', 'a/z.ts', 'b.ts', 'é.ts']);
  });

  it('skips by name: lock files, minified code, source maps', async () => {
    for (const name of ['package-lock.json', 'sub/Cargo.lock', 'x.min.js', 'x.js.map', 'map.ts', 'lock.ts']) put(name);
    const listing = await listRepository(root);
    expect(paths(listing)).toEqual(['lock.ts', 'map.ts']);
    expect(listing.skipped.map(({ reason }) => reason)).toEqual(['lock file', 'lock file', 'source map', 'minified']);
  });

  it('skips a 200 MB file without reading it, and an empty one', async () => {
    truncateSync(put('huge.sql'), 200_000_000);
    put('empty.ts', '');
    const listing = await listRepository(root);
    expect(reasonOf(listing, 'huge.sql')).toBe('larger than 1 MB (200 MB)');
    expect(reasonOf(listing, 'empty.ts')).toBe('empty');
    expect(paths(listing)).toEqual([]);
  });

  it('follows no link: outside, in a loop, to nothing, inside', async () => {
    put('real/a.ts');
    writeFileSync(join(outside, 'secret.ts'), 'secret');
    symlinkSync(join(outside, 'secret.ts'), join(root, 'out.ts'));
    symlinkSync(outside, join(root, 'outdir'));
    symlinkSync('loop.ts', join(root, 'loop.ts'));
    symlinkSync('..', join(root, 'real/up'));
    symlinkSync('nowhere', join(root, 'dead.ts'));
    symlinkSync('real/a.ts', join(root, 'in.ts'));
    const listing = await listRepository(root);
    expect(paths(listing)).toEqual(['real/a.ts']);
    expect(reasonOf(listing, 'out.ts')).toBe('symbolic link leaving the folder');
    expect(reasonOf(listing, 'outdir')).toBe('symbolic link leaving the folder');
    expect(reasonOf(listing, 'loop.ts')).toBe('symbolic link that leads back to itself');
    expect(reasonOf(listing, 'dead.ts')).toBe('symbolic link to nothing (nowhere)');
    expect(reasonOf(listing, 'in.ts')).toBe('symbolic link; its target is read under its own name');
    expect(reasonOf(listing, 'real/up')).toMatch(/^symbolic link/);
  });

  it('reads nothing when a folder became a link after the listing', async () => {
    put('sub/a.ts');
    writeFileSync(join(outside, 'a.ts'), 'secret');
    const listing = await listRepository(root);
    rmSync(join(root, 'sub'), { recursive: true });
    symlinkSync(outside, join(root, 'sub'));
    expect(await read(listing, 'sub/a.ts')).toEqual({ reason: 'symbolic link leaving the folder' });
  });

  it('judges content: binary, not UTF-8, UTF-16 decoded', async () => {
    put('image.dat', Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47]), Buffer.alloc(100), Buffer.from([0xff, 0xfe, 0xfd])]));
    put('zeros.ts', Buffer.from('text\0with zero'));
    put('latin1.ts', Buffer.from('// caf\xe9 au lait, plain otherwise and long enough to be text\n'.repeat(20), 'latin1'));
    put('utf16.ts', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('const ü = 1;', 'utf16le')]));
    put('bom.ts', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('const a = 1;')]));
    put('blank.ts', ' \n\n');
    const listing = await listRepository(root);
    expect(await read(listing, 'image.dat')).toEqual({ reason: 'binary' });
    expect(await read(listing, 'zeros.ts')).toEqual({ reason: 'binary' });
    expect(await read(listing, 'latin1.ts')).toEqual({ reason: 'not valid UTF-8' });
    expect(await read(listing, 'utf16.ts')).toEqual({ text: 'const ü = 1;' });
    expect(await read(listing, 'bom.ts')).toEqual({ text: 'const a = 1;' });
    expect(await read(listing, 'blank.ts')).toEqual({ reason: 'empty' });
  });

  it('reports a file that vanishes, grows or is swapped after the listing', async () => {
    const gone = put('gone.ts');
    const grown = put('grown.ts');
    const swapped = put('swapped.ts');
    const piped = put('piped.ts');
    const listing = await listRepository(root);
    for (const file of [gone, swapped, piped]) rmSync(file);
    truncateSync(grown, 5_000_000);
    symlinkSync(join(outside, 'x'), swapped);
    execFileSync('mkfifo', [piped]);
    expect(await read(listing, 'gone.ts')).toEqual({ reason: 'vanished before it could be read' });
    expect(await read(listing, 'grown.ts')).toEqual({ reason: 'larger than 1 MB (5 MB)' });
    expect(await read(listing, 'swapped.ts')).toEqual({ reason: 'became a symbolic link while being read' });
    expect(await read(listing, 'piped.ts')).toEqual({ reason: 'not a regular file (named pipe)' });
  });

  it('lists an empty folder as nothing', async () => {
    expect(await listRepository(root)).toMatchObject({ files: [], skipped: [] });
  });
});

describe('special files', () => {
  it('are named and never opened in a folder without git', async () => {
    put('a.ts');
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const server = createServer().listen(join(root, 'sock'));
    await new Promise((resolve) => server.once('listening', resolve));
    const listing = await listRepository(root);
    server.close();
    expect(paths(listing)).toEqual(['a.ts']);
    expect(reasonOf(listing, 'pipe')).toBe('not a regular file (named pipe)');
    expect(reasonOf(listing, 'sock')).toBe('not a regular file (socket)');
  });

  it.skipIf(process.getuid?.() === 0)('without permission are reported', async () => {
    chmodSync(put('closed.ts'), 0);
    expect(await read(await listRepository(root), 'closed.ts')).toEqual({ reason: 'no permission to read it' });
  });
});

describe('git', () => {
  beforeEach(() => git('init', '-q'));

  it('lists tracked and untracked files, a tracked one even when ignored, and names a deleted one', async () => {
    put('tracked.ts');
    put('deleted.ts');
    put('forced.log');
    git('add', '-A');
    git('commit', '-qm', 'x');
    put('.gitignore', '*.log\n');
    put('untracked.ts');
    rmSync(join(root, 'deleted.ts'));
    const listing = await listRepository(root);
    expect(paths(listing)).toEqual(['.gitignore', 'forced.log', 'tracked.ts', 'untracked.ts']);
    expect(reasonOf(listing, 'deleted.ts')).toBe('vanished before it could be read');
  });

  it('lists a subfolder relative to itself', async () => {
    put('.gitignore', 'out\n');
    put('sub/a.ts');
    put('sub/out/b.ts');
    expect(paths(await listRepository(join(root, 'sub')))).toEqual(['a.ts']);
  });

  it('runs nothing that the repository configures', async () => {
    put('a.ts');
    const evil = join(outside, 'evil.sh');
    writeFileSync(evil, `#!/bin/sh\ntouch ${join(outside, 'ran')}\n`, { mode: 0o755 });
    git('config', 'core.fsmonitor', evil);
    git('config', 'core.pager', evil);
    expect(paths(await listRepository(root))).toEqual(['a.ts']);
    expect(() => execFileSync('test', ['-e', join(outside, 'ran')])).toThrow();
  });

  it('names a nested repository instead of entering it', async () => {
    put('a.ts');
    put('nested/b.ts');
    execFileSync('git', ['init', '-q'], { cwd: join(root, 'nested') });
    const listing = await listRepository(root);
    expect(paths(listing)).toEqual(['a.ts']);
    expect(reasonOf(listing, 'nested')).toMatch(/nested repository/);
  });

  it('lists each file of a merge conflict once', async () => {
    put('a.ts', 'base\n');
    git('add', '-A');
    git('commit', '-qm', 'base');
    git('checkout', '-qb', 'other');
    put('a.ts', 'other\n');
    git('commit', '-qam', 'other');
    git('checkout', '-q', '-');
    put('a.ts', 'mine\n');
    git('commit', '-qam', 'mine');
    expect(() => git('merge', 'other')).toThrow();
    expect(paths(await listRepository(root))).toEqual(['a.ts']);
  });
});

it('fails for a folder that is not there, and for a file', async () => {
  await expect(listRepository(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(listRepository(put('a.ts'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});
