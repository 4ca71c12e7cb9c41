#!/usr/bin/env node
// Runs the command line from a clone, and bundles it first when that has not been done yet. When the engine has not
// been built, the command line itself says so, and how to.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = resolve(import.meta.dirname, '..');
const cli = join(root, 'dist/cli.mjs');

if (!existsSync(cli)) {
  const built = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: ['ignore', 2, 2] });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
// npm starts a script in the clone's folder; paths are meant from where the person is.
const { npm_lifecycle_event: script, INIT_CWD: typedIn } = process.env;
if (script === 'bonsai' && typedIn) process.chdir(typedIn);
// In this process, so that Ctrl+C and the exit code are the command line's own; it starts itself again from this path.
process.argv[1] = cli;
await import(pathToFileURL(cli).href);
