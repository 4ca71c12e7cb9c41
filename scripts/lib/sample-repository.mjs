// The repository the editor suites open: a copy of some of this clone's own tracked files with a git history of its
// own, so that tests edit real code and the clone stays clean.
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './paths.mjs';
import { run } from './steps.mjs';

/** Copies every file git lists under `paths` (tracked, or new and not ignored) into `folder` and commits it there. */
export async function makeSampleRepository(folder, paths) {
  rmSync(folder, { recursive: true, force: true });
  const listed = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...paths]);
  for (const file of listed.split('\0').filter(Boolean)) {
    if (!existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  // Tests mention this one whole, so it stays as long as the demo model's window allows.
  const mentioned = join(folder, 'src/protocol/launch.ts');
  if (existsSync(dirname(mentioned))) cpSync(join(root, 'test/fixtures/sample/launch.txt'), mentioned);
  const git = (...args) => run('git', ['-c', 'user.name=Bonsai', '-c', 'user.email=tests@localhost', ...args], { cwd: folder });
  await git('init', '-q');
  await git('add', '.');
  await git('commit', '-q', '-m', 'The repository under test');
  return folder;
}
