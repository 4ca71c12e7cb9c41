/** `bonsai perplexity`: how well a text is predicted through the cache. */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../protocol/messageOf';
import { BonsaiError } from '../../sidecar/errors';
import { perplexity as measure, type PerplexityOptions } from '../../sidecar/perplexity';
import { formatBytes, formatCount } from '../format';
import type { CommandContext } from './context';

const defaultChunk = 128;

export async function perplexity(
  { output, signal }: CommandContext,
  file: string,
  options: Omit<PerplexityOptions, 'chunk'> & { chunk?: number | undefined },
): Promise<void> {
  const result = await measure(await textOf(file), {
    ...options,
    chunk: options.chunk ?? defaultChunk,
    signal,
    onProgress: (read, total) => output.progress(`scoring ${Math.floor((100 * read) / total)} % (${formatCount(read)} tokens)`),
  });
  if (!result) throw new BonsaiError('bad-request', `${file} has fewer than two tokens; there is nothing to score.`);
  if (result.notice !== undefined) output.note(result.notice);
  output.result(result, () => [
    `perplexity ${result.perplexity.toFixed(4)} (${result.nll.toFixed(4)} nats a token) over ${formatCount(result.scored)} of ${formatCount(result.tokens)} tokens`,
    `cache ${formatBytes(result.kvBytes)}; without a bound it would be ${formatBytes(result.kvBytesFull)}; ${formatCount(result.tokensPerSecond)} tokens a second`,
    `engine ${result.engine}, policy ${result.policy}, score ${result.score}, allocator ${result.allocator}, positions ${result.positions}, budget ${[...new Set(result.budget)].join(',')}, chunk ${result.chunk}, keys ${result.keyType}, values ${result.valueType}`,
  ]);
}

async function textOf(file: string): Promise<string> {
  let bytes;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new BonsaiError('bad-request', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (!isUtf8(bytes)) throw new BonsaiError('bad-request', `${file} is not UTF-8 text.`);
  return bytes.toString('utf8');
}
