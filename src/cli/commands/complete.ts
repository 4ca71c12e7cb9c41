/** `bonsai complete`: the infill at a place in a file, with or without the repository around it in memory. */
import { realpath } from 'node:fs/promises';
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { reasonsAgainst, withLineEnd } from '../../repo';
import type { LoadOptions } from '../../sidecar/engine/loadedModel';
import { BonsaiError } from '../../sidecar/errors';
import { counted, exactCount } from '../../protocol/numbers';
import { namedFile } from '../namedFile';
import { loadForCommand, readForQuestion, type CommandContext } from './context';

export interface CompleteOptions {
  repo?: string | undefined;
  maxTokens?: number | undefined;
}

export async function complete(context: CommandContext, place: string, load: LoadOptions, options: CompleteOptions): Promise<void> {
  const { bonsai, output, signal } = context;
  const { file, line, column } = parsePlace(place);
  const path = options.repo === undefined ? basename(file) : await pathWithin(options.repo, file);
  const { exact, lineEnd } = await namedFile(file);
  const { prefix, suffix } = splitAt(exact, { file, line, column });
  const { heldBack, leftOut } = await reasonsAgainst(file, exact);
  if (heldBack !== undefined)
    throw new BonsaiError('bad-request', `${file} is held back from the model (${heldBack}), so there is no completion in it.`);
  if (leftOut !== undefined) output.note(`${file} would not be read with its repository: ${leftOut}.`);
  await loadForCommand(context, load);
  if (options.repo !== undefined) await readForQuestion(context, resolve(options.repo));
  const limit = options.maxTokens === undefined ? {} : { maxTokens: options.maxTokens };
  const completion = await bonsai.complete({ path, prefix, suffix, ...limit }, signal);
  const text = withLineEnd(completion.text, lineEnd);
  output.result({ ...completion, text }, () => `${text}\n`);
  if (!output.json)
    output.note(
      `reused ${exactCount(completion.reusedTokens)} tokens, read ${exactCount(completion.readTokens)}, recalled ${exactCount(completion.archivedTokens)}, wrote ${exactCount(completion.generatedTokens)} in ${exactCount(completion.milliseconds)} ms`,
    );
}

/** @throws BonsaiError `bad-request` for a file elsewhere: the model would be told of a path that is none of the repository's */
async function pathWithin(folder: string, file: string): Promise<string> {
  const [outer, inner] = await Promise.all([realPath(folder), realPath(file)]);
  const path = relative(outer, inner);
  if (path.split(sep)[0] === '..' || isAbsolute(path))
    throw new BonsaiError(
      'bad-request',
      `${file} is not in ${resolve(folder)}. Give --repo a folder that holds the file, or leave it out.`,
    );
  return path.split(sep).join('/');
}

/** What is not there is refused where it is read. */
const realPath = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));

interface Place {
  file: string;
  /** Both from 1, as editors show them; the column counts UTF-16 units. */
  line: number;
  column: number;
}

export function parsePlace(place: string): Place {
  const [, file, line, column] = /^(.+):(\d+):(\d+)$/s.exec(place) ?? [];
  if (file === undefined)
    throw new BonsaiError('bad-request', `"${place}" is not a place. Write it as file:line:column, such as src/main.ts:12:5.`);
  return { file, line: Number(line), column: Number(column) };
}

/** @param text with line feeds @throws BonsaiError `bad-request` when the file has no such line or column */
export function splitAt(text: string, { file, line, column }: Place): { prefix: string; suffix: string } {
  const lines = text.split('\n');
  const chosen = lines[line - 1];
  if (chosen === undefined) throw new BonsaiError('bad-request', `${file} has ${counted(lines.length, 'line')}; there is no line ${line}.`);
  const width = chosen.length;
  if (column < 1 || column > width + 1)
    throw new BonsaiError('bad-request', `Line ${line} of ${file} has columns 1 to ${width + 1}; there is no column ${column}.`);
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  return { prefix: text.slice(0, before), suffix: text.slice(before) };
}
