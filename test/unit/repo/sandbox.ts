/** Two folders of its own for each test, one to list and one outside of it, and what the tests of src/repo do to them. */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Listing } from '../../../src/repo';

const nobody = 65534;

export interface Sandbox {
  root: string;
  outside: string;
  /** @returns the absolute path */
  put(path: string, content?: string | Buffer): string;
  git(...args: string[]): string;
}

/** To be called once, at the top of a test file. */
export function sandbox(): Sandbox {
  const box: Sandbox = {
    root: '',
    outside: '',
    put(path, content = 'const a = 1;\n') {
      const file = join(box.root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    git: (...args) => gitIn(box.root, ...args),
  };
  beforeEach(() => {
    box.root = realpathSync(mkdtempSync(join(tmpdir(), 'bonsai-repo-')));
    box.outside = realpathSync(mkdtempSync(join(tmpdir(), 'bonsai-outside-')));
  });
  afterEach(() => {
    for (const folder of [box.root, box.outside]) rmSync(folder, { recursive: true, force: true });
  });
  return box;
}

export function gitIn(folder: string, ...args: string[]): string {
  const settings = ['user.name=t', 'user.email=t@t', 'init.defaultBranch=main', 'protocol.file.allow=always'].flatMap((each) => [
    '-c',
    each,
  ]);
  return execFileSync('git', [...settings, ...args], { cwd: folder, stdio: 'pipe', encoding: 'utf8' });
}

export const paths = (listing: Listing): string[] => listing.files.map((file) => file.path);

export const reasonOf = (listing: { skipped: { path: string; reason: string }[] }, path: string): string | undefined =>
  listing.skipped.find((file) => file.path === path)?.reason;

/** Root may enter everything: as root, `work` runs as nobody, who is given the folders. */
export async function withoutPrivileges<T>(folders: string[], work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  for (const folder of folders) chownSync(folder, nobody, nobody);
  const home = process.env['HOME'];
  process.env['HOME'] = folders[0];
  process.seteuid?.(nobody);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.env['HOME'] = home;
  }
}
