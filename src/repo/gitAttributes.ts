/**
 * What `.gitattributes` says of files: in the words that GitHub's Linguist reads,
 * https://github.com/github-linguist/linguist/blob/main/docs/overrides.md, and which encoding a file has in the work tree.
 */
import { runGit, splitAtZeros } from './runGit';

export interface FileAttributes {
  verdict?: 'generated' | 'vendored' | 'not generated';
  /** As it is written there. */
  encoding?: string;
}

/** Values by attribute, as `git check-attr` shows them: `set`, `unset`, `unspecified`, or what was written. */
export type Said = Record<string, string>;

const attributes = ['linguist-generated', 'linguist-vendored', 'working-tree-encoding'];

/** @returns only the paths that something is said of; nothing when git fails */
export async function gitAttributes(folder: string, paths: readonly string[]): Promise<Map<string, FileAttributes>> {
  const output = await runGit(
    folder,
    ['check-attr', '-z', '--stdin', ...attributes],
    Buffer.from(paths.map((path) => `${path}\0`).join('')),
  );
  // Path, attribute, value; path, attribute, value; …
  const parts = 'stdout' in output ? splitAtZeros(output.stdout) : [];
  const said = new Map<string, Said>();
  for (let i = 0; i + 2 < parts.length; i += 3) {
    const [path = '', attribute = '', value = ''] = parts.slice(i, i + 3).map(String);
    const known = said.get(path) ?? {};
    said.set(path, known);
    known[attribute] = value;
  }
  const found = new Map<string, FileAttributes>();
  for (const [path, values] of said) {
    const each = attributesFrom(values);
    if (each) found.set(path, each);
  }
  return found;
}

/** Undefined when nothing is said that matters. */
export function attributesFrom(said: Said): FileAttributes | undefined {
  const generated = isSet(said['linguist-generated']);
  // Generated and vendored: the first is the better reason.
  const verdict = generated === true ? 'generated' : isSet(said['linguist-vendored']) === true ? 'vendored' : undefined;
  const encoding = said['working-tree-encoding'];
  const named = encoding !== undefined && !['set', 'unset', 'unspecified'].includes(encoding);
  const attributes: FileAttributes = {
    ...(verdict ? { verdict } : generated === false ? { verdict: 'not generated' as const } : {}),
    ...(named ? { encoding } : {}),
  };
  return Object.keys(attributes).length > 0 ? attributes : undefined;
}

/** Undefined: nothing is said. */
function isSet(value: string | undefined): boolean | undefined {
  return value === undefined || value === 'unspecified' ? undefined : value === 'set' || value === 'true';
}
