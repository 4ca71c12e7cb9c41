/** Repositories as people have them and as an attacker makes them: what git says of each, and what happens when it says nothing. */
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { judge, listRepository } from '../../../src/repo';
import { gitIn, paths, reasonOf, sandbox } from './sandbox';

const box = sandbox();
const commitAll = () => {
  box.git('add', '-A');
  box.git('commit', '-qm', 'x');
};

describe('a repository', () => {
  beforeEach(() => {
    box.git('init', '-q');
  });

  it('lists tracked and untracked files, a tracked one even when ignored, and names a deleted one', async () => {
    box.put('tracked.ts');
    box.put('deleted.ts');
    box.put('forced.log');
    box.git('add', '-A');
    box.git('commit', '-qm', 'x');
    box.put('.gitignore', '*.log\n');
    box.put('untracked.ts');
    rmSync(join(box.root, 'deleted.ts'));
    const listing = await listRepository(box.root);
    expect(paths(listing)).toEqual(['.gitignore', 'forced.log', 'tracked.ts', 'untracked.ts']);
    expect(reasonOf(listing, 'deleted.ts')).toBe('deleted, but not yet in git');
  });

  it('lists a subfolder relative to itself', async () => {
    box.put('.gitignore', 'out\n');
    box.put('sub/a.ts');
    box.put('sub/out/b.ts');
    expect(paths(await listRepository(join(box.root, 'sub')))).toEqual(['a.ts']);
  });

  it('runs nothing that the repository configures', async () => {
    box.put('a.ts');
    const evil = join(box.outside, 'evil.sh');
    writeFileSync(evil, `#!/bin/sh\ntouch ${join(box.outside, 'ran')}\n`, { mode: 0o755 });
    box.git('config', 'core.fsmonitor', evil);
    box.git('config', 'core.pager', evil);
    expect(paths(await listRepository(box.root))).toEqual(['a.ts']);
    expect(existsSync(join(box.outside, 'ran'))).toBe(false);
  });

  it('names a nested repository instead of entering it', async () => {
    box.put('a.ts');
    box.put('nested/b.ts');
    gitIn(join(box.root, 'nested'), 'init', '-q');
    const listing = await listRepository(box.root);
    expect(paths(listing)).toEqual(['a.ts']);
    expect(reasonOf(listing, 'nested')).toMatch(/nested repository/);
  });

  it('lists each file of a merge conflict once', async () => {
    box.put('a.ts', 'base\n');
    box.git('add', '-A');
    box.git('commit', '-qm', 'base');
    box.git('checkout', '-qb', 'other');
    box.put('a.ts', 'other\n');
    box.git('commit', '-qam', 'other');
    box.git('checkout', '-q', '-');
    box.put('a.ts', 'mine\n');
    box.git('commit', '-qam', 'mine');
    expect(() => box.git('merge', 'other')).toThrow();
    expect(paths(await listRepository(box.root))).toEqual(['a.ts']);
  });

  it('names the submodules', async () => {
    gitIn(box.outside, 'init', '-q');
    writeFileSync(join(box.outside, 'lib.ts'), 'export {};');
    gitIn(box.outside, 'add', '-A');
    gitIn(box.outside, 'commit', '-qm', 'lib');
    box.put('a.ts');
    box.git('submodule', '--quiet', 'add', box.outside, 'vendor/lib');
    const listing = await listRepository(box.root);
    expect(paths(listing)).toEqual(['.gitmodules', 'a.ts']);
    expect(listing.skipped).toEqual([{ path: 'vendor/lib', reason: 'a nested repository; open it as a folder of its own' }]);
    // Opened as a folder of its own, it is read; where its repository is said to be is not.
    const inside = await listRepository(join(box.root, 'vendor/lib'));
    expect({ paths: paths(inside), git: inside.git }).toEqual({ paths: ['lib.ts'], git: true });
  });

  it('can be a second work tree', async () => {
    box.put('a.ts');
    commitAll();
    const tree = join(box.outside, 'tree');
    box.git('worktree', 'add', '-q', tree);
    writeFileSync(join(tree, 'b.ts'), 'new');
    const listing = await listRepository(tree);
    expect({ paths: paths(listing), git: listing.git }).toEqual({ paths: ['a.ts', 'b.ts'], git: true });
  });

  it('can be a shallow clone', async () => {
    for (const content of ['one', 'two']) {
      box.put('a.ts', content);
      commitAll();
    }
    const clone = join(box.outside, 'clone');
    gitIn(box.outside, 'clone', '-q', '--depth', '1', pathToFileURL(box.root).href, clone);
    expect(existsSync(join(clone, '.git/shallow'))).toBe(true);
    const listing = await listRepository(clone);
    expect({ paths: paths(listing), git: listing.git }).toEqual({ paths: ['a.ts'], git: true });
  });

  it('is the one of the folder, not the one that a hook or a terminal works in', async () => {
    box.put('tracked.log');
    commitAll();
    box.put('.gitignore', '*.log\n');
    gitIn(box.outside, 'init', '-q');
    vi.stubEnv('GIT_DIR', join(box.outside, '.git'));
    vi.stubEnv('GIT_INDEX_FILE', join(box.outside, 'index'));
    const listing = await listRepository(box.root);
    vi.unstubAllEnvs();
    expect({ paths: paths(listing), git: listing.git }).toEqual({ paths: ['.gitignore', 'tracked.log'], git: true });
  });

  it('need not have a commit', async () => {
    box.put('a.ts');
    expect(await listRepository(box.root)).toMatchObject({ git: true, files: [{ path: 'a.ts' }], skipped: [] });
  });

  it('fetches no missing object: the address may be a command', async () => {
    box.put('a.ts');
    const ran = join(box.outside, 'ran');
    for (const name of ['.gitattributes', '.gitignore']) {
      const missing = createHash('sha1').update(name).digest('hex');
      box.git('update-index', '--add', '--cacheinfo', `100644,${missing},${name}`);
      box.git('update-index', '--skip-worktree', name);
    }
    const settings = {
      'core.repositoryFormatVersion': '1',
      'extensions.partialClone': 'origin',
      'remote.origin.promisor': 'true',
      'remote.origin.url': `ext::sh -c touch% ${ran}`,
      'protocol.ext.allow': 'always',
    };
    for (const [name, value] of Object.entries(settings)) box.git('config', name, value);
    expect(paths(await listRepository(box.root))).toEqual(['a.ts']);
    expect(existsSync(ran)).toBe(false);
  });

  it('reads nothing outside because an index says so', async () => {
    writeFileSync(join(box.outside, 'secret.ts'), 'secret');
    const aim = `../${box.outside.split('/').at(-1) ?? ''}/secret.ts`;
    box.put('x'.repeat(aim.length));
    box.put('a.ts');
    box.git('add', '-A');
    // Git refuses to write such an entry, and reads it without a word.
    const file = join(box.root, '.git/index');
    const index = readFileSync(file).subarray(0, -20);
    index.write(aim, index.indexOf('x'.repeat(aim.length)));
    writeFileSync(file, Buffer.concat([index, createHash('sha1').update(index).digest()]));
    expect(box.git('ls-files')).toContain(aim);
    const listing = await listRepository(box.root);
    expect(listing.git).toBe(true);
    expect(paths(listing)).not.toContain(aim);
    expect(reasonOf(listing, aim)).toBe('outside the folder');
  });

  it('says in .gitattributes what is generated, what is vendored and what only looks so', async () => {
    box.put(
      '.gitattributes',
      '*.gen.ts linguist-generated\nlib/** linguist-vendored=true\nlib/ours.ts -linguist-vendored\nlooks.ts linguist-generated=false\n',
    );
    box.put('sub/.gitattributes', 'schema.rb linguist-generated=true\n');
    const marked = '// @generated\nexport {};\n';
    for (const name of ['a.gen.ts', 'lib/theirs.ts', 'lib/ours.ts', 'sub/schema.rb', 'plain.ts']) box.put(name);
    for (const name of ['looks.ts', 'marked.ts']) box.put(name, marked);
    const listing = await listRepository(box.root);
    expect(paths(listing)).toEqual(['.gitattributes', 'lib/ours.ts', 'looks.ts', 'marked.ts', 'plain.ts', 'sub/.gitattributes']);
    expect(listing.skipped).toEqual([
      { path: 'a.gen.ts', reason: 'generated, says .gitattributes' },
      { path: 'lib/theirs.ts', reason: 'vendored, says .gitattributes' },
      { path: 'sub/schema.rb', reason: 'generated, says .gitattributes' },
    ]);
    const verdicts = await Promise.all(listing.files.map((file) => judge(file.path, marked, file)));
    const accepted = listing.files.filter((_, i) => verdicts[i] === undefined).map((file) => file.path);
    expect(accepted.filter((path) => path.endsWith('.ts'))).toEqual(['looks.ts']);
  });

  it('honours .gitattributes above the listed folder', async () => {
    box.put('.gitattributes', '*.gen.ts linguist-generated\n');
    box.put('sub/a.gen.ts');
    box.put('sub/line\nbreak.gen.ts');
    const listing = await listRepository(join(box.root, 'sub'));
    expect(listing.skipped.map(({ path }) => path)).toEqual(['a.gen.ts', 'line\nbreak.gen.ts']);
  });
});

describe('without git', () => {
  beforeEach(() => {
    box.put('.gitignore', 'out/\n');
    box.put('out/a.js');
    box.put('a.ts');
  });
  const walked = { git: false, files: [{ path: '.gitignore' }, { path: 'a.ts' }], skipped: [] };

  it('on this machine, a repository is walked', async () => {
    box.git('init', '-q');
    vi.stubEnv('PATH', '');
    const listing = await listRepository(box.root);
    vi.unstubAllEnvs();
    expect(listing).toMatchObject(walked);
  });

  it('on this machine, one that lies in the folder is not started', async () => {
    const ran = join(box.outside, 'ran');
    writeFileSync(box.put('git'), `#!/bin/sh\n: > ${ran}\n`);
    chmodSync(join(box.root, 'git'), 0o755);
    vi.stubEnv('PATH', `:${join(box.outside, 'nowhere')}`);
    const listing = await listRepository(box.root);
    vi.unstubAllEnvs();
    expect(paths(listing)).toEqual(['.gitignore', 'a.ts', 'git']);
    expect(existsSync(ran)).toBe(false);
  });

  it('knowing where the repository is, a work tree is walked', async () => {
    box.put('.git', `gitdir: ${join(box.outside, 'nowhere')}\n`);
    expect(await listRepository(box.root)).toMatchObject(walked);
  });

  it.runIf(process.getuid?.() === 0)('trusting the owner, a repository is walked', async () => {
    box.git('init', '-q');
    expect(await listRepository(box.root)).toMatchObject({ git: true });
    for (const path of [box.root, join(box.root, '.git')]) chownSync(path, 65534, 65534);
    expect(await listRepository(box.root)).toMatchObject(walked);
  });

  it('being able to read the repository, it is walked', async () => {
    mkdirSync(join(box.root, '.git'));
    writeFileSync(join(box.root, '.git/HEAD'), 'ref: refs/heads/main\n');
    expect(await listRepository(box.root)).toMatchObject(walked);
  });
});
