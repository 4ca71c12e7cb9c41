/** vitest globalSetup: the tests of processes run the bundles, so these must not be older than the sources. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const bundles = ['dist/sidecar.mjs', 'dist/cli.mjs', 'dist/grammars/worker.cjs'];

export default function setup(): void {
  const sources = ['src/sidecar', 'src/cli', 'src/bench', 'src/repo', 'src/protocol'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  const newest = Math.max(...sources);
  const fresh = bundles.every((bundle) => existsSync(join(root, bundle)) && statSync(join(root, bundle)).mtimeMs >= newest);
  if (fresh) return;
  console.log('building dist/ …');
  const built = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { cwd: root, stdio: 'inherit' });
  if (built.status !== 0) throw new Error('scripts/build.mjs failed; the tests of the sidecar would run old code.');
}
