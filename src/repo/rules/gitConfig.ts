/**
 * Values of git's configuration, read without git: what the system, the person and the repository say, the last one
 * counting. Of includes, those with a condition are left out. https://git-scm.com/docs/git-config
 */
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ruleFile } from './ruleFile';

export interface GitConfig {
  /** Where git keeps what is the person's: `~/.config/git`. */
  folder: string;
  /** By `section.name` in lower case. */
  values: ReadonlyMap<string, string>;
}

const deepestInclude = 10;

/** @param ofRepository its configuration file */
export async function gitConfig(ofRepository: string, env: NodeJS.ProcessEnv = process.env): Promise<GitConfig> {
  const home = homedir();
  const folder = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'git');
  const values = new Map<string, string>();
  for (const file of ['/etc/gitconfig', join(folder, 'config'), join(home, '.gitconfig'), ofRepository]) await readInto(values, file, home);
  return { folder, values };
}

/** A path as git takes it there: `~` is the person's folder. @param base what a relative one starts from */
export function configuredPath(value: string, base: string): string {
  return value === '~' || value.startsWith('~/') ? join(homedir(), value.slice(1)) : resolve(base, value);
}

async function readInto(values: Map<string, string>, file: string, home: string, depth = 0): Promise<void> {
  let section = '';
  for (const line of ((await ruleFile(file)) ?? '').split('\n')) {
    const [, name, subsection, rest = ''] = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\](.*)$/.exec(line) ?? [];
    if (name !== undefined) section = (subsection === undefined ? name : `${name}.${subsection}`).toLowerCase();
    const [, key, value = 'true'] = /^\s*([A-Za-z][\w-]*)\s*(?:=\s*(.*))?$/.exec(name === undefined ? line : rest) ?? [];
    if (key === undefined) continue;
    const plain = unquoted(value);
    if (section === 'include' && key.toLowerCase() === 'path' && depth < deepestInclude)
      await readInto(values, configuredPath(plain, dirname(file)), home, depth + 1);
    else values.set(`${section}.${key.toLowerCase()}`, plain);
  }
}

/** Without quotes and comments. */
function unquoted(value: string): string {
  let plain = '';
  for (const [part, quoted] of value.matchAll(/"((?:[^"\\]|\\.)*)"|[#;].*$|\\.|[^"\\#;]+/g)) {
    if (/^[#;]/.test(part)) break;
    plain += quoted === undefined ? part : quoted;
  }
  return plain.replace(/\\(.)/g, (_, sign: string) => ({ n: '\n', t: '\t' })[sign] ?? sign).trim();
}
