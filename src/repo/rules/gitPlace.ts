/** The repository that a folder lies in, found as git finds it: by a `.git` in the folder or above it. */
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ruleFile } from './ruleFile';

export interface GitPlace {
  /** Top folder of the work tree. */
  root: string;
  /** What belongs to this work tree alone: its index. */
  folder: string;
  /** What all its work trees share: `info/exclude`, the configuration. */
  common: string;
}

/** @param folder absolute, links resolved */
export async function gitPlace(folder: string): Promise<GitPlace | undefined> {
  for (let root = folder; ; root = dirname(root)) {
    const found = join(root, '.git');
    const info = await stat(found).catch(() => undefined);
    if (info?.isDirectory()) return placeAt(root, found);
    // In a submodule or another work tree it is a file that says where the repository is.
    const [, named] = (info?.isFile() ? /^gitdir: (.+)/.exec((await ruleFile(found)) ?? '') : undefined) ?? [];
    if (named !== undefined) return placeAt(root, resolve(root, named.trim()));
    if (dirname(root) === root) return undefined;
  }
}

async function placeAt(root: string, folder: string): Promise<GitPlace> {
  const shared = await ruleFile(join(folder, 'commondir'));
  return { root, folder, common: shared === undefined ? folder : resolve(folder, shared.trim()) };
}
