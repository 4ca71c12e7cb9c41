/**
 * What `.gitattributes` says of files, in the words that GitHub's Linguist reads:
 * https://github.com/github-linguist/linguist/blob/main/docs/overrides.md
 */
import { runGit, splitAtZeros } from './runGit';

export type AttributeVerdict = 'generated' | 'vendored' | 'not generated';

const attributes = ['linguist-generated', 'linguist-vendored'];

/** @returns only the paths that something is said of; nothing when git fails */
export async function gitAttributes(folder: string, paths: readonly string[]): Promise<Map<string, AttributeVerdict>> {
  const verdicts = new Map<string, AttributeVerdict>();
  const output = await runGit(
    folder,
    ['check-attr', '-z', '--stdin', ...attributes],
    Buffer.from(paths.map((path) => `${path}\0`).join('')),
  );
  // Path, attribute, value; path, attribute, value; …
  const parts = output ? splitAtZeros(output.stdout) : [];
  for (let i = 0; i + 2 < parts.length; i += 3) {
    const [path, attribute, value] = parts.slice(i, i + 3).map(String);
    if (path === undefined || value === 'unspecified') continue;
    const isSet = value === 'set' || value === 'true';
    // Generated and vendored: the first is the better reason.
    if (attribute === 'linguist-generated') verdicts.set(path, isSet ? 'generated' : 'not generated');
    else if (isSet && verdicts.get(path) !== 'generated') verdicts.set(path, 'vendored');
  }
  return verdicts;
}
