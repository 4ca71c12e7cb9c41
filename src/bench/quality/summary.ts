/**
 * From what was measured to what is said: losses above the cache that keeps everything, stream by stream (paired, so that
 * a hard text does not count as a bad policy), and their standard error.
 */
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { markdownPage, markdownTable } from '../report';
import type { ConfigResult, QualityRun, RecallResult, StreamResult } from './result';

export const fullKey = 'full';

export interface Row {
  key: string;
  /** Mean over the layers. */
  entries: number;
  kvBytes: number;
  /** Nats per token above full, over the tokens read after the cache was full; and its standard error over streams. */
  above: number;
  standardError: number;
  /** How much larger the perplexity is, 0.03 for 3 %. */
  perplexity: number;
  recall: { nats: number; exact: number };
  distant: { distance: number; nats: number; exact: number }[];
  similarity: number;
  seconds: number;
}

/** Best first; `full` has the first row. @throws Error when `full` was not measured */
export function summarise(run: QualityRun): Row[] {
  const full = run.results[fullKey];
  if (!full) throw new Error('The cache that keeps everything has not been measured.');
  const rows = Object.entries(run.results).map(([key, result]) => row(key, result, full, run.settings.blockTokens));
  return rows.toSorted((a, b) => Number(b.key === fullKey) - Number(a.key === fullKey) || a.above - b.above);
}

function row(key: string, result: ConfigResult, full: ConfigResult, blockTokens: number): Row {
  const entries = mean(result.budgets);
  const firstBlock = key === fullKey ? 0 : Math.ceil(entries / blockTokens);
  const differences = result.streams.map(
    (stream, i) => lossFrom(stream, firstBlock, blockTokens) - lossFrom(full.streams[i] ?? stream, firstBlock, blockTokens),
  );
  const above = differences.length === 0 ? 0 : mean(differences);
  const distances = [...new Set(result.distant.map(({ where }) => where))];
  const lines = result.streams.filter((stream) => stream.lines.count > 0);
  return {
    key,
    entries,
    kvBytes: result.kvBytes,
    above,
    standardError: differences.length < 2 ? NaN : sampleStandardDeviation(differences) / Math.sqrt(differences.length),
    perplexity: Math.exp(above) - 1,
    recall: recallOf(result.streams.flatMap((stream) => stream.recall)),
    distant: distances.map((distance) => ({ distance, ...recallOf(result.distant.filter(({ where }) => where === distance)) })),
    similarity: lines.length === 0 ? NaN : mean(lines.map((stream) => stream.lines.similarity)),
    seconds: result.seconds,
  };
}

/** Mean nats per token from a block on; the whole stream when that is past its end. */
function lossFrom({ blocks }: StreamResult, firstBlock: number, blockTokens: number): number {
  const counted = firstBlock < blocks.length ? blocks.slice(firstBlock) : blocks;
  return counted.reduce((sum, block) => sum + block, 0) / (counted.length * blockTokens);
}

function recallOf(results: readonly RecallResult[]): { nats: number; exact: number } {
  if (results.length === 0) return { nats: NaN, exact: NaN };
  return { nats: mean(results.map(({ nats }) => nats)), exact: mean(results.map(({ exact }) => Number(exact))) };
}

/** Nats above full by position, one number a block, averaged over the streams. */
export function aboveByPosition(result: ConfigResult, full: ConfigResult, blockTokens: number): [number, number][] {
  const blocks = Math.min(...result.streams.map((stream) => stream.blocks.length));
  return Array.from({ length: Number.isFinite(blocks) ? blocks : 0 }, (_, block) => [
    (block + 1) * blockTokens,
    mean(result.streams.map((stream, i) => ((stream.blocks[block] ?? 0) - (full.streams[i]?.blocks[block] ?? 0)) / blockTokens)),
  ]);
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const nats = (value: number) => (Number.isNaN(value) ? '' : value.toFixed(3));
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);

export function qualityPage(run: QualityRun, plots: readonly string[]): string {
  const { settings, machine, results } = run;
  const rows = summarise(run);
  const distances = rows[0]?.distant.map(({ distance }) => distance) ?? [];
  const table = markdownTable(
    [
      'cache',
      'KV entries a layer',
      'KV MB',
      'nats above full',
      '± s.e.',
      'perplexity above full',
      'planted: nats',
      'planted: exact',
      ...distances.flatMap((distance) => [`${distance} back: nats`, `${distance} back: exact`]),
      'next line similarity',
      'seconds',
    ],
    rows.map((each) => [
      each.key,
      each.entries.toFixed(0),
      megabytes(each.kvBytes),
      nats(each.above),
      nats(each.standardError),
      percent(each.perplexity),
      nats(each.recall.nats),
      Number.isNaN(each.recall.exact) ? '' : percent(each.recall.exact),
      ...each.distant.flatMap((at) => [nats(at.nats), percent(at.exact)]),
      nats(each.similarity),
      each.seconds.toFixed(0),
    ]),
  );
  const full = results[fullKey];
  const fullLoss = full && full.streams.length > 0 ? mean(full.streams.map((stream) => lossFrom(stream, 0, settings.blockTokens))) : NaN;
  const sections = [
    `${settings.streams} streams of ${settings.tokens.toLocaleString('en-US')} tokens from ${[...new Set(settings.corpora)].join(', ')} ` +
      `(seed ${settings.seed}), read in chunks of ${settings.chunk}; layers were measured on ${settings.calibration}. ` +
      `The cache that keeps everything loses ${nats(fullLoss)} nats a token.` +
      (settings.tokens > run.trainedWindow
        ? ` It reads past the window of ${run.trainedWindow.toLocaleString('en-US')} tokens the model was trained for, which the bounded caches do not.`
        : ''),
    'Nats above full: mean over the streams of the paired difference per token, counted from where the bounded cache is full. ' +
      'Planted: constants at 10 to 90 % of every stream, asked for at its end ' +
      `(${settings.ask === 'chat' ? 'by a chat turn' : 'by the beginning of their line'}); ` +
      'nats per token of the answer, and how often the greedy answer is right. ' +
      'Next line similarity: 1 minus the normalised Levenshtein distance. Caches of one budget take the same bytes.',
    table,
    ...plots,
  ];
  return markdownPage({
    title: 'Quality at equal bytes',
    machine,
    model: `${settings.model}, ${settings.modelBytes.toLocaleString('en-US')} bytes`,
    commands: run.commands,
    sections,
  });
}
