/** `bonsai perplexity`: how well a text is predicted through the cache. */
import { BonsaiError } from '../../sidecar/errors';
import { perplexity as measure, type PerplexityOptions } from '../../sidecar/measure/perplexity';
import { exactCount, shortBytes } from '../../protocol/numbers';
import { namedFile } from '../namedFile';
import { tellWhatRuns, type CommandContext } from './context';

const defaultChunk = 128;

export async function perplexity(
  { output, signal, engine }: CommandContext,
  file: string,
  options: Omit<PerplexityOptions, 'chunk'> & { chunk?: number | undefined },
): Promise<void> {
  const result = await measure((await namedFile(file)).text, {
    ...options,
    chunk: options.chunk ?? defaultChunk,
    signal,
    onProgress: (read, total) => output.progress(`scoring ${Math.floor((100 * read) / total)} % (${exactCount(read)} tokens)`),
  });
  if (!result) throw new BonsaiError('bad-request', `${file} has fewer than two tokens; there is nothing to score.`);
  tellWhatRuns({ output, engine }, result);
  output.result(result, () => [
    `perplexity ${result.perplexity.toFixed(4)} (${result.nll.toFixed(4)} nats a token) over ${exactCount(result.scored)} of ${exactCount(result.tokens)} tokens`,
    `cache ${shortBytes(result.kvBytes)}; without a bound it would be ${shortBytes(result.kvBytesFull)}; ${exactCount(result.tokensPerSecond)} tokens a second`,
    `engine ${result.engine}, policy ${result.policy}, score ${result.score}, allocator ${result.allocator}, positions ${result.positions}, budget ${[...new Set(result.budget)].join(',')}, chunk ${result.chunk}, keys ${result.keyType}, values ${result.valueType}`,
  ]);
}
