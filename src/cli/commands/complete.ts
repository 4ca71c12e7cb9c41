/** `bonsai complete`: the infill at a place in a file, with or without the repository around it in memory. */
import { readFile } from 'node:fs/promises';
import { basename, relative, resolve, sep } from 'node:path';
import { messageOf } from '../../protocol/messageOf';
import type { LoadOptions } from '../../sidecar/engine/loadedModel';
import { BonsaiError } from '../../sidecar/errors';
import { formatCount } from '../format';
import { loadForCommand, readForQuestion, type CommandContext } from './context';

export interface CompleteOptions {
  repo?: string | undefined;
  maxTokens?: number | undefined;
}

export async function complete(context: CommandContext, place: string, load: LoadOptions, options: CompleteOptions): Promise<void> {
  const { bonsai, output, signal } = context;
  const { file, line, column } = parsePlace(place);
  const { prefix, suffix } = splitAt(await textOf(file), { file, line, column });
  await loadForCommand(context, load);
  if (options.repo !== undefined) await readForQuestion(context, resolve(options.repo));
  const path = options.repo === undefined ? basename(file) : relative(resolve(options.repo), resolve(file)).split(sep).join('/');
  const limit = options.maxTokens === undefined ? {} : { maxTokens: options.maxTokens };
  const completion = await bonsai.complete({ path, prefix, suffix, ...limit }, signal);
  output.result(completion, () => [completion.text]);
  if (!output.json)
    output.note(
      `reused ${formatCount(completion.reusedTokens)} tokens, read ${formatCount(completion.readTokens)}, wrote ${formatCount(completion.generatedTokens)} in ${formatCount(completion.milliseconds)} ms`,
    );
}

interface Place {
  file: string;
  /** Both from 1, as editors show them; the column counts UTF-16 units. */
  line: number;
  column: number;
}

export function parsePlace(place: string): Place {
  const [, file, line, column] = /^(.+):(\d+):(\d+)$/s.exec(place) ?? [];
  if (file === undefined)
    throw new BonsaiError('bad-request', `"${place}" names no place. Write it as file:line:column, such as src/main.ts:12:5.`);
  return { file, line: Number(line), column: Number(column) };
}

/** @throws BonsaiError `bad-request` when the file has no such line or column */
export function splitAt(text: string, { file, line, column }: Place): { prefix: string; suffix: string } {
  const lines = text.split('\n');
  const chosen = lines[line - 1];
  if (chosen === undefined) throw new BonsaiError('bad-request', `${file} has ${lines.length} lines; there is no line ${line}.`);
  const width = chosen.replace(/\r$/, '').length;
  if (column < 1 || column > width + 1)
    throw new BonsaiError('bad-request', `Line ${line} of ${file} has columns 1 to ${width + 1}; there is no column ${column}.`);
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  return { prefix: text.slice(0, before), suffix: text.slice(before) };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new BonsaiError('bad-request', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
