/**
 * A prompt for the text at a cursor. What a key does not change comes first: what is told of the rest of the repository,
 * the file's path, the part before the cursor; what the family has after that is read again with every key.
 */
import type { LlamaModel } from 'node-llama-cpp';
import { concatTokens, tokenizeText, type ModelTokens } from '../modelTokens';
import { fileHead, oneLine } from '../repositoryPrompt';
import type { InfillFormat } from './format';
import { lastLine, prefixWindow, suffixWindow, type InfillLimits } from './windows';

export interface InfillRequest {
  path: string;
  prefix: string;
  suffix: string;
}

export interface InfillPrompt {
  tokens: Uint32Array;
  /** Of the tokens, how many stay while the cursor's line is typed. */
  stable: number;
}

type InfillModel = Pick<LlamaModel, 'tokenize' | 'detokenize'>;

/** @param context what is told before, as tokens, where the file is shown from this character of the prefix on */
export function infillPrompt(
  model: InfillModel,
  tokens: ModelTokens,
  format: InfillFormat,
  request: InfillRequest,
  limits: Pick<InfillLimits, 'prefix' | 'suffix'>,
  context: (from: number) => Uint32Array = () => new Uint32Array(),
): InfillPrompt {
  const { tokens: before, from } = prefixWindow(model, request.prefix, limits.prefix);
  const after = suffixWindow(model, request.suffix, limits.suffix);
  const inside = format.pathInside && tokens.fileSeparator !== undefined;
  const head = inside
    ? concatTokens(tokens.fileSeparator, format.prefix, tokenizeText(model, `${oneLine(request.path)}\n`))
    : fileHead(model, tokens, request.path);
  const parts =
    format.order === 'prefix-suffix'
      ? {
          front: concatTokens(context(from), head, inside ? undefined : format.prefix),
          behind: concatTokens(format.suffix, after, format.middle),
        }
      : { front: concatTokens(context(from), head, format.suffix, after, format.prefix), behind: concatTokens(format.middle) };
  return {
    tokens: concatTokens(parts.front, before, parts.behind),
    stable: parts.front.length + before.length - lastLine(model, before),
  };
}
