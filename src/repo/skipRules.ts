/** Files that cost tokens and teach nothing: lock files, minified code and source maps, judged by name alone. */
import { posix } from 'node:path';

const lockFiles = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'bun.lockb',
  'deno.lock',
  'cargo.lock',
  'poetry.lock',
  'pdm.lock',
  'uv.lock',
  'pipfile.lock',
  'composer.lock',
  'gemfile.lock',
  'podfile.lock',
  'go.sum',
  'flake.lock',
  'packages.lock.json',
  'gradle.lockfile',
  'mix.lock',
  'pubspec.lock',
  'package.resolved',
]);

/** @returns why the file is skipped, or undefined */
export function skipByName(path: string): string | undefined {
  const name = posix.basename(path).toLowerCase();
  if (lockFiles.has(name)) return 'lock file';
  if (/\.(min|bundle\.min)\.(js|mjs|cjs|css)$/.test(name)) return 'minified';
  if (/\.(js|mjs|cjs|css|ts)\.map$/.test(name)) return 'source map';
  return undefined;
}
