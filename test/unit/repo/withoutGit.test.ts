/**
 * A repository that git cannot be asked about is listed by git's own rules all the same: each is held against what git
 * says of the same folder. And the person is told why git was not asked, and what to do.
 */
import { chownSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listRepository } from '../../../src/repo';
import { gitIn, paths, reasonOf, sandbox } from './sandbox';

const box = sandbox();
const home = (path: string, content: string) => {
  const file = join(box.outside, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
};

beforeEach(() => {
  vi.stubEnv('HOME', box.outside);
  vi.stubEnv('XDG_CONFIG_HOME', undefined);
});
afterEach(() => vi.unstubAllEnvs());

async function withoutGit(folder = box.root) {
  vi.stubEnv('PATH', '');
  try {
    return await listRepository(folder);
  } finally {
    vi.stubEnv('PATH', undefined);
    vi.unstubAllEnvs();
    vi.stubEnv('HOME', box.outside);
    vi.stubEnv('XDG_CONFIG_HOME', undefined);
  }
}

/** Lists the folder with git and without, and both must be the same. */
async function both(folder = box.root) {
  const asked = await listRepository(folder);
  const own = await withoutGit(folder);
  expect({ asked: asked.git, own: own.git }).toEqual({ asked: true, own: false });
  expect({ files: own.files, skipped: own.skipped }).toEqual({ files: asked.files, skipped: asked.skipped });
  return own;
}

describe('a repository is listed as git lists it', () => {
  beforeEach(() => {
    box.git('init', '-q');
    box.put('a.ts');
  });

  it('by .git/info/exclude', async () => {
    home('x', '');
    writeFileSync(join(box.root, '.git/info/exclude'), 'private/\n*.secret\n!open.secret\n');
    for (const name of ['private/a.ts', 'b.secret', 'open.secret', 'sub/c.secret']) box.put(name);
    expect(paths(await both())).toEqual(['a.ts', 'open.secret']);
  });

  it.each([
    ['in the place that git has for them', '.config/git/ignore', ''],
    ['where the configuration says', 'rules', '[core]\n\texcludesFile = ~/rules\n'],
    ['where an included configuration says, in quotes', 'my rules', '[include]\n  path = more\n'],
  ])('by the rules of the person: %s', async (_, file, config) => {
    home('.gitconfig', config);
    home('more', '[Core] ExcludesFile = "~/my rules" ; mine\n');
    home(file, '.idea/\n*.swp\n');
    for (const name of ['.idea/a.xml', 'b.swp', '.gitignore']) box.put(name, '!kept.swp\n');
    box.put('kept.swp');
    expect(paths(await both())).toEqual(['.gitignore', 'a.ts', 'kept.swp']);
  });

  it('with rules of the repository that are stronger than those of the person, and the nearest the strongest', async () => {
    home('.config/git/ignore', '*.log\n');
    writeFileSync(join(box.root, '.git/info/exclude'), '!info.log\n*.tmp\n');
    box.put('.gitignore', '!sub/\n*.out\n');
    box.put('sub/.gitignore', '!kept.out\n!kept.tmp\n/only-here\n');
    for (const name of ['b.log', 'info.log', 'b.tmp', 'b.out', 'sub/kept.out', 'sub/b.out', 'sub/kept.tmp', 'sub/only-here', 'only-here'])
      box.put(name);
    expect(paths(await both())).toEqual(['.gitignore', 'a.ts', 'info.log', 'only-here', 'sub/.gitignore', 'sub/kept.out', 'sub/kept.tmp']);
  });

  it.each([2, 4])('with tracked files that a rule covers, deleted ones named (index of version %i)', async (version) => {
    box.git('config', 'index.version', String(version));
    for (const name of ['forced.log', 'folder/forced.log', 'folder/deeper/forced.log', 'gone.ts', 'x'.repeat(200)]) box.put(name);
    box.git('add', '-A');
    box.git('update-index', '--index-version', String(version));
    box.put('.gitignore', '*.log\nfolder/\n');
    box.put('other.log');
    rmSync(join(box.root, 'gone.ts'));
    const own = await both();
    expect(paths(own)).toEqual(['.gitignore', 'a.ts', 'folder/deeper/forced.log', 'folder/forced.log', 'forced.log', 'x'.repeat(200)]);
    expect(reasonOf(own, 'gone.ts')).toBe('deleted, but not yet in git');
  });

  it('with what .gitattributes says', async () => {
    home('.config/git/attributes', '*.pb.ts linguist-generated\nmine.pb.ts !linguist-generated\n');
    mkdirSync(join(box.root, '.git/info'), { recursive: true });
    writeFileSync(join(box.root, '.git/info/attributes'), 'stronger.ts -linguist-generated\n');
    box.put(
      '.gitattributes',
      [
        '# words',
        '*.gen.ts linguist-generated',
        'kept.gen.ts linguist-generated=false',
        'lib/** linguist-vendored=true',
        'lib/ours.ts -linguist-vendored',
        'stronger.ts linguist-generated',
        'folder linguist-generated',
        'folder/ linguist-generated',
        '"with space.ts" linguist-generated',
        'old.java text working-tree-encoding=SHIFT_JIS',
        '',
      ].join('\n'),
    );
    box.put('sub/.gitattributes', '*.gen.ts !linguist-generated\n/schema.rb linguist-generated\r\n');
    for (const name of [
      'x.pb.ts',
      'mine.pb.ts',
      'b.gen.ts',
      'kept.gen.ts',
      'lib/theirs.ts',
      'lib/deep/theirs.ts',
      'lib/ours.ts',
      'stronger.ts',
    ])
      box.put(name);
    for (const name of ['folder/a.ts', 'with space.ts', 'old.java', 'sub/c.gen.ts', 'sub/schema.rb', 'sub/deep/schema.rb']) box.put(name);
    const own = await both();
    expect(reasonOf(own, 'b.gen.ts')).toBe('generated, says .gitattributes');
    expect(own.files.find(({ path }) => path === 'old.java')?.encoding).toBe('SHIFT_JIS');
  });

  it('in a subfolder, with the rules above it', async () => {
    box.put('.gitignore', '*.log\n/sub/out\n');
    box.put('.gitattributes', '*.gen.ts linguist-generated\n');
    for (const name of ['sub/a.ts', 'sub/b.log', 'sub/out/c.ts', 'sub/d.gen.ts', 'sub/tracked.log']) box.put(name);
    box.git('add', '-f', 'sub/tracked.log');
    expect(paths(await both(join(box.root, 'sub')))).toEqual(['a.ts', 'tracked.log']);
  });

  it('with a repository in it, which is named and not entered', async () => {
    box.put('nested/b.ts');
    gitIn(join(box.root, 'nested'), 'init', '-q');
    expect(reasonOf(await both(), 'nested')).toMatch(/nested repository/);
  });

  it('in another work tree, by the rules that all of them share', async () => {
    box.git('add', '-A');
    box.git('commit', '-qm', 'x');
    const tree = join(box.outside, 'tree');
    box.git('worktree', 'add', '-q', tree);
    writeFileSync(join(box.root, '.git/info/exclude'), '*.secret\n');
    writeFileSync(join(tree, 'b.secret'), 'x');
    expect(paths(await both(tree))).toEqual(['a.ts']);
  });

  it('with files that a sparse checkout leaves out, one of them there all the same', async () => {
    for (const name of ['in/b.ts', 'out/c.ts', 'out/there.ts']) box.put(name);
    box.git('add', '-A');
    box.git('commit', '-qm', 'x');
    box.git('sparse-checkout', 'set', '--no-cone', '/*', '!/out/');
    expect(existsSync(join(box.root, 'out'))).toBe(false);
    box.put('out/there.ts');
    rmSync(join(box.root, 'a.ts'));
    const own = await both();
    expect(paths(own)).toEqual(['in/b.ts', 'out/there.ts']);
    expect(own.skipped).toEqual([
      { path: 'a.ts', reason: 'deleted, but not yet in git' },
      { path: 'out/c.ts', reason: 'not checked out: the sparse checkout leaves it out' },
    ]);
  });

  it('whatever its index is', async () => {
    box.put('.gitignore', '*.log\n');
    box.put('b.log');
    for (const index of ['', 'DIRC', 'DIRC\0\0\0\x02\0\0\0\x09short', 'x'.repeat(5000)]) {
      writeFileSync(join(box.root, '.git/index'), index);
      expect(paths(await withoutGit())).toEqual(['.gitignore', 'a.ts']);
    }
  });

  it('not by an ignore file that is a link', async () => {
    home('rules', 'a.ts\n');
    symlinkSync(join(box.outside, 'rules'), join(box.root, '.gitignore'));
    expect(paths(await both())).toEqual(['a.ts']);
  });
});

describe('a folder without a repository', () => {
  it('lists the repositories in it by their own rules', async () => {
    box.put('clone/private/a.ts');
    box.put('clone/a.ts');
    box.put('beside/private/b.ts');
    gitIn(join(box.root, 'clone'), 'init', '-q');
    writeFileSync(join(box.root, 'clone/.git/info/exclude'), 'private/\n');
    const listing = await listRepository(box.root);
    expect(paths(listing)).toEqual(['beside/private/b.ts', 'clone/a.ts']);
    expect(listing.notes).toEqual([]);
  });
});

describe('the person is told', () => {
  const told = 'Bonsai followed .gitignore, .git/info/exclude, core.excludesFile and .gitattributes itself';

  it('that git is missing, in a repository alone', async () => {
    box.put('a.ts');
    expect((await withoutGit()).notes).toEqual([]);
    box.git('init', '-q');
    expect((await listRepository(box.root)).notes).toEqual([]);
    const { notes } = await withoutGit();
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^git was not found.*Install git, or put it on the PATH\.$/);
    expect(notes[0]).toContain(told);
  });

  it.runIf(process.getuid?.() === 0)('that git does not trust the owner, and the line that makes it', async () => {
    box.put('a.ts');
    box.git('init', '-q');
    for (const path of [box.root, join(box.root, '.git')]) chownSync(path, 65534, 65534);
    const { notes } = await listRepository(box.root);
    expect(notes).toEqual([expect.stringContaining(`type: git config --global --add safe.directory '${box.root}'`)]);
    expect(notes[0]).toContain('belongs to another user');
    // The line helps.
    gitIn(box.outside, 'config', '--global', '--add', 'safe.directory', box.root);
    expect(await listRepository(box.root)).toMatchObject({ git: true, notes: [] });
  });

  it('what git says of a repository that it cannot read', async () => {
    box.put('a.ts');
    box.git('init', '-q');
    writeFileSync(join(box.root, '.git/config'), '[core\n');
    const { notes } = await listRepository(box.root);
    expect(notes[0]).toMatch(/^git cannot read .* \(bad config line 1/);
  });

  it('that everything is ignored', async () => {
    box.git('init', '-q');
    expect((await listRepository(box.root)).notes).toEqual([]);
    box.put('.gitignore', '*\n');
    box.put('a.ts');
    expect((await listRepository(box.root)).notes).toEqual([expect.stringMatching(/^Everything in .* is ignored by git/)]);
  });
});

describe('below a repository that ignores everything', () => {
  let project: string;
  beforeEach(() => {
    box.git('init', '-q');
    box.put('.gitignore', '*\n');
    box.put('project/.gitignore', 'out/\n');
    box.put('project/a.ts');
    box.put('project/out/b.js');
    project = join(box.root, 'project');
  });

  it.each([
    ['with git', () => listRepository(project)],
    ['without git', () => withoutGit(project)],
  ])('a project is listed by its own rules, and the repository named: %s', async (_, list) => {
    const listing = await list();
    expect(paths(listing)).toEqual(['.gitignore', 'a.ts']);
    expect(listing.notes.at(-1)).toContain(`lies in the repository ${box.root}, which ignores it`);
    expect(listing.notes.at(-1)).toContain(`type: git init '${project}'`);
  });

  it('a project of which a file was added is listed as git has it, and the person is told', async () => {
    box.git('add', '-f', 'project/a.ts');
    box.put('project/c.ts');
    for (const listing of [await listRepository(project), await withoutGit(project)]) {
      expect(paths(listing)).toEqual(['a.ts']);
      expect(listing.notes.at(-1)).toContain('only those are read that were added to that repository');
    }
  });
});

describe('what Bonsai put there', () => {
  it.each([true, false])('is not of the repository (git: %s)', async (git) => {
    if (git) box.git('init', '-q');
    box.put('.bonsai/prompts/review.md', 'Review it.\n');
    box.put('packages/a/.bonsai/prompts/test.md', 'Test it.\n');
    box.put('bonsai/prompts/a.ts');
    const listing = await listRepository(box.root);
    expect(paths(listing)).toEqual(['bonsai/prompts/a.ts']);
    expect(reasonOf(listing, '.bonsai/prompts/review.md')).toBe("one of Bonsai's own files");
  });
});
