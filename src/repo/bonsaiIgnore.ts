/** `.bonsaiignore`: what the person keeps from the model, in `.gitignore` syntax, in any folder, under git and without it. */
import { isIgnoredByIgnoreFiles } from 'globby';
import { join } from 'node:path';

export async function bonsaiIgnore(folder: string): Promise<(path: string) => boolean> {
  const ignored = await isIgnoredByIgnoreFiles('**/.bonsaiignore', {
    cwd: folder,
    dot: true,
    followSymbolicLinks: false,
    suppressErrors: true,
    ignore: ['**/node_modules/**', '**/.git/**'],
  });
  return (path) => ignored(join(folder, path));
}
