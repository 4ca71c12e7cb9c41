/** When files were changed, asked of real repositories: honest, odd and hostile ones. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { changedAt } from '../../../../src/repo';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'bonsai-history-'))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

const at = (folder: string) => (path: string) => join(folder, path);
const git = (folder: string, time: number, ...args: string[]) =>
  execFileSync(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'protocol.file.allow=always', '-c', 'init.defaultBranch=main', ...args],
    {
      cwd: folder,
      stdio: 'pipe',
      env: { ...process.env, GIT_AUTHOR_DATE: `@${time} +0000`, GIT_COMMITTER_DATE: `@${time} +0000` },
    },
  );
/** Writes a file as if it had been written then. */
const put = (path: string, content: string, time: number) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  utimesSync(path, time, time);
};
function commit(folder: string, time: number, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) put(join(folder, path), content, time);
  git(folder, time, 'add', '-A');
  git(folder, time, 'commit', '-q', '--allow-empty', '-m', `at ${time}`);
}
function repository(folder: string): string {
  mkdirSync(folder, { recursive: true });
  git(folder, 0, 'init', '-q');
  return folder;
}
const times = async (folder: string, paths: string[]) => Object.fromEntries(await changedAt(folder, paths));

describe('a file was changed', () => {
  it('by the newest commit that touched it', async () => {
    repository(root);
    commit(root, 1000, { 'a.ts': '1', 'sub/b.ts': '1', 'c.ts': '1' });
    commit(root, 2000, { 'sub/b.ts': '2' });
    commit(root, 3000, {});
    expect(await times(root, ['a.ts', 'sub/b.ts'])).toEqual({ 'a.ts': 1000, 'sub/b.ts': 2000 });
  });

  it('when it was moved', async () => {
    repository(root);
    commit(root, 1000, { 'a.ts': 'much the same\n'.repeat(20) });
    renameSync(at(root)('a.ts'), at(root)('b.ts'));
    commit(root, 2000, {});
    expect(await times(root, ['b.ts'])).toEqual({ 'b.ts': 2000 });
  });

  it('on a branch that was merged', async () => {
    repository(root);
    commit(root, 1000, { 'a.ts': '1' });
    git(root, 1000, 'checkout', '-q', '-b', 'side');
    commit(root, 2000, { 'b.ts': '1' });
    git(root, 1000, 'checkout', '-q', 'main');
    commit(root, 3000, { 'c.ts': '1' });
    git(root, 4000, 'merge', '-q', '--no-ff', 'side', '-m', 'merge');
    expect(await times(root, ['a.ts', 'b.ts', 'c.ts'])).toEqual({ 'a.ts': 1000, 'b.ts': 2000, 'c.ts': 3000 });
  });

  it('whatever its name is', async () => {
    repository(root);
    const names = [
      'line\nbreak.ts',
      '\nfirst',
      'quote"\'.ts',
      'naïve 日本語.ts',
      '-rf.ts',
      'a b.ts',
      'tab\t.ts',
      '1700000000',
      '$(touch x).ts',
      ':(top)x',
    ];
    commit(root, 1000, Object.fromEntries(names.map((name) => [name, '1'])));
    commit(root, 2000, { '\nfirst': '2' });
    expect(await times(root, names)).toEqual({ ...Object.fromEntries(names.map((name) => [name, 1000])), '\nfirst': 2000 });
  });

  it('among so many that git says them in pieces', async () => {
    repository(root);
    const names = Array.from({ length: 1000 }, (_, n) => `${'folder'.repeat(20)}/${n}.ts`);
    commit(root, 1000, Object.fromEntries(names.map((name) => [name, ''])));
    expect((await changedAt(root, names)).size).toBe(1000);
  });

  it('seen from a folder within the repository, with paths from there', async () => {
    repository(root);
    commit(root, 1000, { 'in/a.ts': '1', 'in/deep/b.ts': '1', 'a.ts': '1' });
    commit(root, 2000, { 'a.ts': '2' });
    commit(root, 3000, { 'in/deep/b.ts': '2' });
    expect(await times(at(root)('in'), ['a.ts', 'deep/b.ts'])).toEqual({ 'a.ts': 1000, 'deep/b.ts': 3000 });
  });

  it('as far as a shallow clone reaches', async () => {
    const origin = repository(at(root)('origin'));
    commit(origin, 1000, { 'a.ts': '1' });
    commit(origin, 2000, { 'b.ts': '1' });
    git(root, 0, 'clone', '-q', '--depth', '1', `file://${origin}`, 'clone');
    const known = await times(at(root)('clone'), ['a.ts', 'b.ts']);
    expect(known).toEqual({ 'a.ts': 2000, 'b.ts': 2000 });
  });

  it('but nobody knows when, in a submodule', async () => {
    const part = repository(at(root)('part'));
    commit(part, 1000, { 'p.ts': '1' });
    const whole = repository(at(root)('whole'));
    git(whole, 2000, 'submodule', '--quiet', 'add', part, 'sub');
    commit(whole, 2000, { 'a.ts': '1' });
    expect(await times(whole, ['a.ts'])).toEqual({ 'a.ts': 2000 });
    expect(await times(at(whole)('sub'), ['p.ts'])).toEqual({ 'p.ts': 1000 });
  });
});

describe('nothing is known', () => {
  it('without a repository, without commits, without the folder', async () => {
    put(at(root)('a.ts'), '1', 1000);
    expect(await times(root, ['a.ts'])).toEqual({});
    repository(root);
    expect(await times(root, ['a.ts'])).toEqual({});
    expect(await times(at(root)('nowhere'), ['a.ts'])).toEqual({});
    expect(await times(root, [])).toEqual({});
  });

  it('without git', async () => {
    repository(root);
    commit(root, 1000, { 'a.ts': '1' });
    vi.stubEnv('PATH', at(root)('empty'));
    expect(await times(root, ['a.ts'])).toEqual({});
  });

  it('of a repository that is broken', async () => {
    repository(root);
    commit(root, 1000, { 'a.ts': '1' });
    writeFileSync(at(root)('.git/HEAD'), 'nonsense');
    expect(await times(root, ['a.ts'])).toEqual({});
  });

  it('from another repository that the environment names', async () => {
    const other = repository(at(root)('other'));
    commit(other, 1000, { 'a.ts': '1' });
    const here = repository(at(root)('here'));
    commit(here, 2000, { 'a.ts': '1' });
    vi.stubEnv('GIT_DIR', at(other)('.git'));
    expect(await times(here, ['a.ts'])).toEqual({ 'a.ts': 2000 });
  });
});

describe('what is not committed', () => {
  it('was changed when it was written, if it is other than committed', async () => {
    repository(root);
    commit(root, 1000, { 'same.ts': '1\n', 'edited.ts': '1\n', 'older.ts': '1\n' });
    put(at(root)('same.ts'), '1\n', 5000);
    put(at(root)('edited.ts'), '2\n', 6000);
    put(at(root)('older.ts'), '2\n', 900);
    put(at(root)('new.ts'), '1\n', 7000);
    expect(await times(root, ['same.ts', 'edited.ts', 'older.ts', 'new.ts'])).toEqual({
      'same.ts': 1000,
      'edited.ts': 6000,
      'older.ts': 1000,
      'new.ts': 7000,
    });
  });

  it('is nothing in a fresh clone, whose files are all new on disk', async () => {
    const origin = repository(at(root)('origin'));
    commit(origin, 1000, { 'a.ts': 'a\n', 'sub/b.ts': 'b\nb\n' });
    for (const [name, ...options] of [['plain'], ['windows', '-c', 'core.autocrlf=true']]) {
      git(root, 0, ...options, 'clone', '-q', ...options, origin, name ?? '');
      expect(await times(join(root, name ?? ''), ['a.ts', 'sub/b.ts'])).toEqual({ 'a.ts': 1000, 'sub/b.ts': 1000 });
    }
  });

  it('counts in a folder within the repository as well, staged or not', async () => {
    repository(root);
    commit(root, 1000, { 'in/a.ts': '1', 'in/b.ts': '1' });
    put(at(root)('in/a.ts'), '2', 5000);
    git(root, 1000, 'add', '-A');
    expect(await times(at(root)('in'), ['a.ts', 'b.ts'])).toEqual({ 'a.ts': 5000, 'b.ts': 1000 });
  });

  it('is not read through links, and what cannot be read is as committed', async () => {
    repository(root);
    commit(root, 1000, { 'link.ts': '1', 'gone.ts': '1', 'large.ts': '1', 'folder.ts': '1' });
    for (const name of ['link.ts', 'gone.ts', 'folder.ts']) rmSync(at(root)(name));
    symlinkSync('/etc/hostname', at(root)('link.ts'));
    mkdirSync(at(root)('folder.ts'));
    put(at(root)('large.ts'), 'x'.repeat(1_000_001), 5000);
    const names = ['link.ts', 'gone.ts', 'large.ts', 'folder.ts'];
    expect(await times(root, names)).toEqual(Object.fromEntries(names.map((name) => [name, 1000])));
  });
});

it('runs nothing that the repository names', async () => {
  repository(root);
  const trap = at(root)('trap.sh');
  const sprung = at(root)('sprung');
  writeFileSync(trap, `#!/bin/sh\ntouch '${sprung}'\ncat\n`);
  chmodSync(trap, 0o755);
  writeFileSync(at(root)('.gitattributes'), '*.ts filter=trap diff=trap\n');
  commit(root, 1000, { 'a.ts': '1' });
  // A commit that says it is signed: only then would the program that checks signatures be run.
  const text = String(git(root, 0, 'cat-file', 'commit', 'HEAD'));
  const signature = 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n abcd\n -----END PGP SIGNATURE-----\n';
  writeFileSync(at(root)('.git/signed'), text.replace('\n\n', `\n${signature}\n`));
  const signed = String(git(root, 0, 'hash-object', '-t', 'commit', '-w', '.git/signed')).trim();
  git(root, 0, 'update-ref', 'HEAD', signed);
  const settings = {
    'core.fsmonitor': trap,
    'core.pager': trap,
    'pager.log': trap,
    'core.sshCommand': trap,
    'gpg.program': trap,
    'log.showSignature': 'true',
    'diff.external': trap,
    'diff.trap.command': trap,
    'diff.trap.textconv': trap,
    'filter.trap.clean': trap,
    'filter.trap.smudge': trap,
    'filter.trap.process': trap,
    'alias.log': `!${trap}`,
    'diff.orderFile': at(root)('no such file'),
    'log.showRoot': 'false',
  };
  for (const [name, value] of Object.entries(settings)) git(root, 0, 'config', name, value);
  put(at(root)('a.ts'), '2', 5000);
  for (const hook of ['post-index-change', 'post-checkout', 'reference-transaction']) symlinkSync(trap, at(root)(`.git/hooks/${hook}`));
  expect(await times(root, ['a.ts', '.gitattributes'])).toEqual({ 'a.ts': 5000, '.gitattributes': 1000 });
  expect(existsSync(sprung)).toBe(false);
});
