/**
 * Asks where infills end, in a thread apart from the one that reads repositories: somebody who types does not wait for a
 * large file to be analysed.
 */
import pLimit from 'p-limit';
import type { InfillEnd } from './infillEnd';
import { languageOf } from './languages';
import { workerIn } from './workerThread';

export interface InfillEnds {
  /** @returns undefined for a language that has no grammar here, and where parsing takes too long */
  of(path: string, text: string, from: number, to: number): Promise<InfillEnd | undefined>;
}

/** As `createCodeAnalyser`. */
export async function createInfillEnds({ grammars }: { grammars: string }): Promise<InfillEnds> {
  const thread = await workerIn(grammars);
  const oneAtATime = pLimit(1);
  return {
    of: async (path, text, from, to) =>
      languageOf(path) ? oneAtATime(async () => (await thread.ask({ path, text, infill: { from, to } })).infillEnd) : undefined,
  };
}
