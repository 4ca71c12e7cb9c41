/** What git would ignore, worked out without git: `.gitignore` files, `.git/info/exclude` and `core.excludesFile`. */
import { join, relative, sep } from 'node:path';
import { configuredPath, gitConfig } from './gitConfig';
import type { GitPlace } from './gitPlace';
import { IgnoreFiles, rulesIn, type IgnoreRules } from './ignoreFiles';
import { ruleFile } from './ruleFile';

/**
 * @param folder absolute, in the repository
 * @returns rules for paths in the folder; undefined when the repository ignores the folder itself
 */
export async function gitIgnore({ root, common }: GitPlace, folder: string): Promise<IgnoreRules | undefined> {
  const config = await gitConfig(join(common, 'config'));
  const own = config.values.get('core.excludesfile');
  const files = [join(common, 'info', 'exclude'), own === undefined ? join(config.folder, 'ignore') : configuredPath(own, root)];
  const texts = await Promise.all(files.map(ruleFile));
  const rules = new IgnoreFiles(root, '.gitignore', texts.filter((text) => text !== undefined).map(rulesIn));
  const prefix = relative(root, folder).split(sep).join('/');
  if (prefix === '') return rules;
  if (await rules.ignores(prefix, true)) return undefined;
  return { ignores: (path, isFolder) => rules.ignores(`${prefix}/${path}`, isFolder) };
}

/** Those of a folder that no repository manages. */
export function plainIgnore(folder: string): IgnoreRules {
  return new IgnoreFiles(folder, '.gitignore');
}
