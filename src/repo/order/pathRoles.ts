/** What the name and the folder of a file say of its part in a repository. */
import { posix } from 'node:path';

const manifests = new Set([
  'package.json',
  'deno.json',
  'pyproject.toml',
  'setup.py',
  'cargo.toml',
  'go.mod',
  'pom.xml',
  'build.gradle',
  'build.gradle.kts',
  'composer.json',
  'gemfile',
  'cmakelists.txt',
]);
const vendorFolder = /^(vendors?|vendored|third[_-]?party|3rdparty|external|extern|node_modules)$/i;
const testFolder = /^(tests?|__tests__|specs?|testdata|fixtures)$/i;
const testFile = /[._-](test|spec)\.\w+$|^test_|^conftest\.py$|Tests?\.(java|cs|php|kt)$/;

/**
 * @returns when a newcomer would open the file among those of its folder: 0 for a README, 1 for a manifest, 2 for all
 * others
 */
export function introduction(path: string): number {
  const name = posix.basename(path).toLowerCase();
  if (/^readme(\.\w+)?$/.test(name)) return 0;
  return manifests.has(name) || /\.(csproj|sln|gemspec)$/.test(name) ? 1 : 2;
}

export function isVendored(path: string): boolean {
  return posix
    .dirname(path)
    .split('/')
    .some((folder) => vendorFolder.test(folder));
}

/** Whether it holds tests, or what only they need. */
export function isTest(path: string): boolean {
  return (
    posix
      .dirname(path)
      .split('/')
      .some((folder) => testFolder.test(folder)) || testFile.test(posix.basename(path))
  );
}

/**
 * @returns folders that hold files and stand in no other that does, as `dirname` writes them: the root, or one for each
 * folder of a workspace
 */
export function topFolders(paths: readonly string[]): ReadonlySet<string> {
  const folders = new Set(paths.map((path) => posix.dirname(path)));
  const hasParent = (folder: string) => {
    for (let above = folder; above !== '.';) {
      above = posix.dirname(above);
      if (folders.has(above)) return true;
    }
    return false;
  };
  return new Set([...folders].filter((folder) => !hasParent(folder)));
}
