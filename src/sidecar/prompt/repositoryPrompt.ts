/**
 * A repository as tokens, in the format code models are trained on: `<|repo_name|>name` and, for each file,
 * `<|file_sep|>path` and its text. Where a model has no such tokens, plain headers say the same.
 */
import type { LlamaModel } from 'node-llama-cpp';
import { concatTokens, tokenizeText, type ModelTokens } from './modelTokens';

type Tokenizer = Pick<LlamaModel, 'tokenize'>;

export function repositoryHead(model: Tokenizer, tokens: ModelTokens, name: string): Uint32Array {
  const line = oneLine(name);
  if (tokens.repoName === undefined) return concatTokens(tokens.bos, tokenizeText(model, `# Repository: ${line}\n`));
  return concatTokens(tokens.bos, tokens.repoName, tokenizeText(model, `${line}\n`));
}

export function fileHead(model: Tokenizer, tokens: ModelTokens, path: string): Uint32Array {
  const line = oneLine(path);
  if (tokens.fileSeparator === undefined) return tokenizeText(model, `\n# File: ${line}\n`);
  return concatTokens(tokens.fileSeparator, tokenizeText(model, `${line}\n`));
}

export function fileTokens(model: Tokenizer, tokens: ModelTokens, path: string, text: string): Uint32Array {
  return concatTokens(fileHead(model, tokens, path), tokenizeText(model, text));
}

/** The word that a file which was read is no more. */
export function removalTokens(model: Tokenizer, tokens: ModelTokens, path: string): Uint32Array {
  return concatTokens(fileHead(model, tokens, path), tokenizeText(model, '[this file was removed]\n'));
}

/** A file name may hold a line break, and would end its own header. */
export function oneLine(name: string): string {
  return name.replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}
