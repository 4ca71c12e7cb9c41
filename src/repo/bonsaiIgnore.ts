/** `.bonsaiignore`: what the person keeps from the model, in `.gitignore` syntax, in any folder, under git and without it. */
import { relative, sep } from 'node:path';
import { IgnoreFiles } from './rules/ignoreFiles';

/** @returns whether the file at an absolute path is excluded */
export function bonsaiIgnore(folder: string): (absolutePath: string) => Promise<boolean> {
  const rules = new IgnoreFiles(folder, '.bonsaiignore');
  return (path) => rules.ignores(relative(folder, path).split(sep).join('/'), false);
}
