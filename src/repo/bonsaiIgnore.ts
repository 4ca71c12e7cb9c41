/** `.bonsaiignore`: what the person keeps from the model, in `.gitignore` syntax, in any folder, under git and without it. */
import { ignoreRules } from './ignoreRules';

/** @returns whether the file at an absolute path is excluded */
export async function bonsaiIgnore(folder: string): Promise<(absolutePath: string) => boolean> {
  return ignoreRules(folder, '.bonsaiignore', ['node_modules', '.git']);
}
