/**
 * For random trees with every kind of entry: everything on disk is listed, or named with its reason, or excluded by a
 * rule that git itself confirms. The expected set comes from a walk of its own and from `git check-ignore`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { below, seeded, type Random } from '../../../src/sidecar/random';
import { listRepository } from '../../../src/repo';
import { gitIn, sandbox } from './sandbox';

const box = sandbox();
const names = [
  'a.ts',
  'b.log',
  'build',
  'c d.ts',
  'e\nf.ts',
  'node_modules',
  '.hidden',
  'yarn.lock',
  '.env',
  'back\\slash',
  '-x',
  'é',
  'sub',
  'lib',
];
const patterns = [
  '*.log',
  'build/',
  '/sub/a.ts',
  '!b.log',
  'lib',
  '!lib',
  '.hidden',
  'sub/**/a.ts',
  '# comment',
  'c\\ d.ts',
  '*',
  '!*/',
  '!*.ts',
];
const pick = <T>(random: Random, of: readonly T[]): T => of[below(random, of.length)]!;

/** @returns every path that is not a folder */
function grow(random: Random, folder: string, prefix: string, depth: number, kind: string): string[] {
  const entries = new Set(Array.from({ length: 2 + below(random, 5) }, () => pick(random, names)));
  // In a folder with such a name the library does not see it (src/repo/ignoreRules.ts).
  const seen = kind === 'git' || !/[\n\\]/.test(prefix);
  if (seen && below(random, 2) === 0) entries.add('.gitignore');
  if (seen && below(random, 6) === 0) entries.add('.bonsaiignore');
  return [...entries].flatMap((name) => {
    const [path, shown] = [join(folder, name), prefix + name];
    const what = below(random, 12);
    if (name.endsWith('ignore')) writeFileSync(path, Array.from({ length: 2 }, () => pick(random, patterns)).join('\n'));
    else if (what === 0) symlinkSync(pick(random, ['nowhere', '.', '..', '/etc/passwd', name]), path);
    else if (what === 1 && kind === 'plain') execFileSync('mkfifo', [path]);
    else if (what === 2) writeFileSync(path, '');
    else if (what < 7 && depth > 0) {
      mkdirSync(path);
      return grow(random, path, `${shown}/`, depth - 1, kind);
    } else writeFileSync(path, `const a = ${what};\n`);
    return [shown];
  });
}

/** By git, whether or not the folder is a repository; the repository itself lies outside. */
function ignoredByGit(paths: string[]): Set<string> {
  const args = [`--git-dir=${box.outside}/judge.git`, `--work-tree=${box.root}`, 'check-ignore', '--no-index', '-z', '--stdin'];
  return new Set(execFileSync('git', args, { cwd: box.root, input: paths.join('\0'), encoding: 'utf8' }).split('\0'));
}

it.each(['git', 'plain'])('in a %s folder', async (kind) => {
  gitIn(box.outside, 'init', '-q', '--bare', 'judge.git');
  if (kind === 'git') box.git('init', '-q');
  const random = seeded(kind === 'git' ? 1 : 2);
  for (let round = 0; round < 30; round++) {
    const tree = join(box.root, `tree${round}`);
    mkdirSync(tree);
    grow(random, tree, '', 3, kind);
  }
  const onDisk = readdirSync(box.root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(box.root.length + 1))
    .filter((path) => !path.startsWith('.git/') && !(kind === 'plain' && path.includes('node_modules/')));
  const ignored = ignoredByGit(onDisk);
  const listing = await listRepository(box.root);
  expect(listing.git).toBe(kind === 'git');
  const listed = new Set(listing.files.map((file) => file.path));
  const skipped = new Set(listing.skipped.map((file) => file.path));
  const fates = (path: string) => [listed, skipped, ignored].filter((each) => each.has(path)).length;
  expect(onDisk.filter((path) => fates(path) !== 1)).toEqual([]);
  const disk = new Set(onDisk);
  expect([...listed, ...skipped].filter((path) => !disk.has(path))).toEqual([]);
  for (const paths of [listed, skipped, ignored]) expect(paths.size).toBeGreaterThan(20);
});
