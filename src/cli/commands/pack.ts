/** `bonsai pack`: streams a folder through the cache and reports what that took and what is left in it. */
import { resolve } from 'node:path';
import type { ReadSummary } from '../../protocol';
import type { LoadOptions } from '../../sidecar/engine/loadedModel';
import { counted, exactCount, shortBytes, shortSeconds } from '../../protocol/numbers';
import { table } from '../table';
import { skippedLines } from '../skippedLines';
import { loadForCommand, showReading, type CommandContext } from './context';

interface Sample {
  tokens: number;
  kvBytes: number;
  /** Since the sample before. */
  tokensPerSecond: number;
}

export interface PackOptions {
  maxTokens?: number | undefined;
  sampleEvery?: number | undefined;
}

export async function pack(context: CommandContext, folder: string, load: LoadOptions, options: PackOptions): Promise<void> {
  const { bonsai, output, signal } = context;
  const model = await loadForCommand(context, load);
  const series: Sample[] = [];
  const { maxTokens, sampleEvery } = options;
  let tokensSince = 0;
  let millisecondsSince = 0;
  const summary = await bonsai.readRepository(
    { folders: [resolve(folder)], ...(maxTokens === undefined ? {} : { maxTokens }) },
    {
      signal,
      onProgress: (progress) => showReading(context, progress),
      onChunk: (tokens, chunkTokens, milliseconds) => {
        tokensSince += chunkTokens;
        millisecondsSince += milliseconds;
        if (sampleEvery === undefined || Math.floor(tokens / sampleEvery) === Math.floor((tokens - chunkTokens) / sampleEvery)) return;
        series.push({ tokens, kvBytes: bonsai.status().kvBytes, tokensPerSecond: (1000 * tokensSince) / millisecondsSince });
        tokensSince = 0;
        millisecondsSince = 0;
      },
    },
  );
  const { engine, policy, positions, path, notice } = model;
  const about = { model: path, engine, policy, positions, ...(notice === undefined ? {} : { notice }) };
  output.result({ ...summary, ...about, ...(sampleEvery === undefined ? {} : { series }) }, () => [
    ...summaryLines(summary),
    `model ${model.name}${model.demo ? ' (small demonstration model)' : ''}, engine ${engine}, policy ${policy}, positions ${positions}`,
    '',
    ...table([
      ['layer', 'budget', 'kept'],
      ...summary.layers.map(({ layer, budget, kept }) => [String(layer), exactCount(budget), exactCount(kept)]),
    ]),
    ...(series.length === 0 ? [] : ['']),
    ...table([
      ['tokens', 'cache', 'tokens a second'],
      ...series.map((sample) => [exactCount(sample.tokens), shortBytes(sample.kvBytes), exactCount(sample.tokensPerSecond)]),
    ]).slice(series.length === 0 ? 1 : 0),
  ]);
}

function summaryLines(summary: ReadSummary): string[] {
  return [
    `${summary.name}: ${counted(summary.files, 'file')}, ${counted(summary.tokens, 'token')}${summary.stopped ? ` (stopped: ${summary.stopped})` : ''}`,
    ...skippedLines(summary.skipped),
    ...summary.notes,
    `cache ${shortBytes(summary.kvBytes)}; without a bound it would be ${shortBytes(summary.kvBytesFull)}`,
    `${exactCount(summary.tokensPerSecond)} tokens a second, ${shortSeconds(summary.seconds)} in all`,
  ];
}
