/**
 * `.gitattributes` read without git: one in any folder, `info/attributes` before all of them and `core.attributesFile`
 * after. Macros are left out. https://git-scm.com/docs/gitattributes
 */
import { join, posix, relative, sep } from 'node:path';
import type { Ignore } from 'ignore';
import { attributesFrom, type FileAttributes, type Said } from '../gitAttributes';
import { configuredPath, gitConfig } from './gitConfig';
import type { GitPlace } from './gitPlace';
import { rulesIn } from './ignoreFiles';
import { ruleFile } from './ruleFile';

interface Line {
  pattern: string;
  rule: Ignore;
  /** As `git check-attr` shows them. */
  said: Said;
}

/**
 * @param folder absolute, in the repository
 * @param paths relative to it
 * @returns only the paths that something is said of
 */
export async function attributesWithoutGit(
  { root, common }: GitPlace,
  folder: string,
  paths: readonly string[],
): Promise<Map<string, FileAttributes>> {
  const config = await gitConfig(join(common, 'config'));
  const own = config.values.get('core.attributesfile');
  const first = await linesOf(join(common, 'info', 'attributes'));
  const last = await linesOf(own === undefined ? join(config.folder, 'attributes') : configuredPath(own, root));
  const known = new Map<string, Promise<Line[]>>();
  const prefix = relative(root, folder).split(sep).join('/');
  const found = new Map<string, FileAttributes>();
  for (const path of paths) {
    const whole = prefix === '' ? path : `${prefix}/${path}`;
    const said: Said = {};
    take(said, first, whole);
    for (let at = parentOf(whole); ; at = parentOf(at)) {
      let lines = known.get(at);
      if (!lines) known.set(at, (lines = linesOf(join(root, at, '.gitattributes'))));
      take(said, await lines, at === '' ? whole : whole.slice(at.length + 1));
      if (at === '') break;
    }
    take(said, last, whole);
    const attributes = attributesFrom(said);
    if (attributes) found.set(path, attributes);
  }
  return found;
}

/** What is not said yet; in a file the last line counts. */
function take(said: Said, lines: readonly Line[], path: string): void {
  for (const line of lines.toReversed())
    if (matches(line, path)) for (const [name, value] of Object.entries(line.said)) said[name] ??= value;
}

/** Unlike an ignored folder, a folder with an attribute says nothing of what is in it. */
function matches({ pattern, rule }: Line, path: string): boolean {
  const name = posix.basename(path);
  if (!pattern.includes('/')) return rule.ignores(name);
  const last = posix.basename(pattern);
  return (/[*?[\\]/.test(last) || last === name) && rule.ignores(path);
}

async function linesOf(file: string): Promise<Line[]> {
  const text = await ruleFile(file);
  return (text ?? '').split('\n').flatMap((line) => {
    const [, quoted, plain, rest = ''] = /^\s*(?:"((?:[^"\\]|\\.)+)"|([^\s"#][^\s]*))\s+(.+)$/.exec(line) ?? [];
    const pattern = quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1');
    // A folder cannot have attributes, and a macro is no pattern.
    if (pattern === undefined || pattern.endsWith('/') || pattern.startsWith('!') || pattern.startsWith('[attr]')) return [];
    return [{ pattern, rule: rulesIn(pattern), said: Object.fromEntries(rest.trim().split(/\s+/).map(attribute)) }];
  });
}

function attribute(word: string): [string, string] {
  if (word.startsWith('-')) return [word.slice(1), 'unset'];
  if (word.startsWith('!')) return [word.slice(1), 'unspecified'];
  const at = word.indexOf('=');
  return at < 0 ? [word, 'set'] : [word.slice(0, at), word.slice(at + 1)];
}

/** '' is the top folder. */
function parentOf(path: string): string {
  const parent = posix.dirname(path);
  return parent === '.' ? '' : parent;
}
