/**
 * Ignore files in `.gitignore` syntax, in any folder, read by globby. It puts the path of such a file before the file's
 * patterns, where `[id]` would be a pattern itself, and looks for none below `coverage` and `flow-typed`: the files it
 * would misread are read one by one, each as the only one of its folder. It does not see an ignore file in a folder with
 * a line break or a backslash in its name; what lies there is then listed.
 */
import { convertPathToPattern, globby, isIgnoredByIgnoreFiles } from 'globby';
import { join, posix } from 'node:path';

const misread = /[[\]*?!#]|(?:^|\/)\s|\s(?:\/|$)|(?:^|\/)(?:coverage|flow-typed)(?:\/|$)/;

/**
 * @param name of the ignore files
 * @param neverEntered names of folders whose ignore files do not count
 * @returns whether an absolute path is ignored; that of a folder ends with a slash
 */
export async function ignoreRules(
  folder: string,
  name: string,
  neverEntered: readonly string[],
): Promise<(absolutePath: string) => boolean> {
  const ignore = neverEntered.map((each) => `**/${each}/**`);
  const options = { dot: true, followSymbolicLinks: false, suppressErrors: true };
  const found = await globby(`**/${name}`, { ...options, cwd: folder, expandDirectories: false, ignore });
  if (found.length === 0) return () => false;
  const alone = found.filter((file) => misread.test(posix.dirname(file)));
  const predicates = await Promise.all([
    isIgnoredByIgnoreFiles(`**/${name}`, {
      ...options,
      cwd: folder,
      ignore: [...ignore, ...alone.map((file) => convertPathToPattern(file))],
    }),
    ...alone.map((file) => isIgnoredByIgnoreFiles(name, { ...options, cwd: join(folder, posix.dirname(file)) })),
  ]);
  return (path) => predicates.some((ignores) => safely(ignores, path));
}

/**
 * The library takes a backslash for a slash, and throws when what comes out is not a path inside the folder: a file
 * called `..\x`. No pattern can mean such a name, so it is not ignored.
 */
function safely(ignores: (path: string) => boolean, path: string): boolean {
  try {
    return ignores(path);
  } catch {
    return false;
  }
}
