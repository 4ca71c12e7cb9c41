/** `bonsai ask`: reads a folder, then answers a question about it. */
import { resolve } from 'node:path';
import type { LoadOptions } from '../../sidecar/engine/loadedModel';
import { formatCount, formatSeconds } from '../format';
import { loadForCommand, readForQuestion, type CommandContext } from './context';

export async function ask(
  context: CommandContext,
  folder: string,
  question: string,
  load: LoadOptions,
  maxTokens: number | undefined,
): Promise<void> {
  const { bonsai, output, signal } = context;
  await loadForCommand(context, load);
  const read = await readForQuestion(context, resolve(folder));
  const limit = maxTokens === undefined ? {} : { maxTokens };
  const answer = await bonsai.ask({ question, ...limit }, (text) => output.stream(text), signal);
  const { text, ...numbers } = answer;
  output.result({ answer: text, ...numbers, repositoryTokens: read.tokens }, () => ['']);
  if (output.json) return;
  for (const { path, startLine, endLine, why } of answer.recalled) output.note(`put back ${path}:${startLine}-${endLine} (${why})`);
  output.note(
    `reused ${formatCount(answer.reusedTokens)} tokens, read ${formatCount(answer.readTokens)}, wrote ${formatCount(answer.generatedTokens)} in ${formatSeconds(answer.seconds)}`,
  );
}
