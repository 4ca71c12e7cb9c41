/** An answer of the sidecar; the one place that names every number of it. */
import type { Answer, AnswerNumbers } from '../../../src/protocol';

export const numbers: AnswerNumbers = {
  ...{ reusedTokens: 1, readTokens: 2, archivedTokens: 0, archiveMilliseconds: 0, generatedTokens: 3, seconds: 4 },
};
export const good = (text: string): Answer => ({ text, ...numbers, recalled: [], behind: [], stop: 'end' });
