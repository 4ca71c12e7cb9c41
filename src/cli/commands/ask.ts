/** `bonsai ask`: reads a folder, then answers a question about it. */
import { resolve } from 'node:path';
import type { LoadOptions } from '../../sidecar/engine/loadedModel';
import { exactCount, shortSeconds } from '../../protocol/numbers';
import { BonsaiError } from '../../sidecar/errors';
import { loadForCommand, readForQuestion, type CommandContext } from './context';

export async function ask(
  context: CommandContext,
  folder: string,
  question: string,
  load: LoadOptions,
  maxTokens: number | undefined,
): Promise<void> {
  const { bonsai, output, signal } = context;
  if (question.trim() === '')
    throw new BonsaiError('bad-request', 'The question is empty. Write it in quotation marks: bonsai ask . "Where is it parsed?"');
  await loadForCommand(context, load);
  const read = await readForQuestion(context, resolve(folder));
  const limit = maxTokens === undefined ? {} : { maxTokens };
  const answer = await bonsai.ask({ question, ...limit }, (text) => output.stream(text), signal);
  const { text, ...numbers } = answer;
  output.result(
    {
      ...{ answer: text, ...numbers, repositoryTokens: read.tokens, restoredTokens: read.restoredTokens },
      ...{ repositoryArchivedTokens: read.archivedTokens, readSeconds: read.seconds },
    },
    () => [''],
  );
  if (output.json) return;
  const archived = exactCount(read.archivedTokens);
  const [restored, readNow] = [exactCount(read.restoredTokens), exactCount(read.tokens - read.restoredTokens - read.archivedTokens)];
  output.note(
    `${read.name}: ${restored} tokens restored, ${archived} taken from the archive, ${readNow} read, in ${shortSeconds(read.seconds)}`,
  );
  for (const note of read.notes) output.note(note);
  for (const { path, startLine, endLine, why } of answer.recalled)
    output.note(`added to the prompt: ${path}:${startLine}-${endLine} (${why})`);
  output.note(
    `reused ${exactCount(answer.reusedTokens)} tokens, read ${exactCount(answer.readTokens)}, recalled ${exactCount(answer.archivedTokens)}, wrote ${exactCount(answer.generatedTokens)} in ${shortSeconds(answer.seconds)}`,
  );
}
