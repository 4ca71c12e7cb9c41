/**
 * Analyses files in a thread of its own: the event loop of the caller stays free, and a file that its parser cannot
 * take (hostile nesting, memory without end) costs that thread and nothing else. One file at a time; the thread starts
 * with the first file and ends when none came for a while.
 */
import pLimit from 'p-limit';
import { languageOf } from './languages';
import type { CodeAnalyser } from './types';
import { workerIn } from './workerThread';

/**
 * @param options.grammars folder with `worker.cjs`, `tree-sitter.wasm` and the grammars, as built into `dist/grammars`
 * @throws when the folder has no worker; `analyse` rejects when the worker cannot start or a grammar is missing
 */
export async function createCodeAnalyser({ grammars }: { grammars: string }): Promise<CodeAnalyser> {
  const thread = await workerIn(grammars);
  const oneAtATime = pLimit(1);
  return {
    analyse: async (path, text) => (languageOf(path) ? oneAtATime(async () => (await thread.ask({ path, text })).code) : undefined),
  };
}
