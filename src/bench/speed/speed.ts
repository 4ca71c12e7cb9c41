/**
 * `bonsai bench speed`: how fast the bounded cache and llama.cpp's own read and generate, by length. Both run in turn,
 * each time in a new process, so that whatever else the machine does meets both; medians are compared, as ratios.
 */
import type { Output } from '../../cli/output';
import { exactCount } from '../../protocol/numbers';
import type { CacheOptions } from '../../protocol';
import { resolveSettings } from '../../sidecar/engine/cachePlan';
import type { EngineTuning } from '../../sidecar/engine/tuning';
import { commandLine, machineName } from '../machine';
import { linePlot } from '../plot';
import { markdownPage, markdownTable, Report } from '../report';
import { runProbe } from './child';
import type { ProbeAnswer, ProbeRequest } from './probeMessages';
import { add, doubling, fastest, pointAt, points, typical, type Series, type Statistic } from './result';

export interface SpeedOptions {
  modelPath: string | undefined;
  gpu: 'auto' | 'off' | undefined;
  threads: number | undefined;
  chunk: number;
  cache: CacheOptions & { budget: number };
  tuning: EngineTuning;
  corpus: string;
  seed: number;
  max: number;
  stockMax: number;
  decode: number;
  repeats: number;
  out: string;
  name: string;
  output: Output;
  signal: AbortSignal;
}

const shortest = 1024;
/** Everything fits: a prompt as people write them, in a cache twice its size. */
export const fitting = 2048;
const fittingRepeats = 3;
/** Long enough to evict most of the time, at a few budgets' length. */
export const scoringBudgets = 8;

const names = { ours: 'bonsai', stock: 'stock', fits: 'bonsai, fits', stockFits: 'stock, fits', plain: 'tree', scored: 'tree attention' };

export async function speed(options: SpeedOptions): Promise<void> {
  const { output, signal, max, stockMax, repeats, cache } = options;
  const base = baseRequest(options);
  const series = new Map<string, Series>();
  let last: ProbeAnswer | undefined;
  const scoring = scoringBudgets * cache.budget;
  const turns: { name: string; request: ProbeRequest }[] = [
    { name: names.ours, request: { ...base, engine: 'bonsai', lengths: doubling(shortest, max) } },
    { name: names.stock, request: { ...base, engine: 'stock', cache: stockCacheOptions(cache), lengths: doubling(shortest, stockMax) } },
    ...[
      { name: names.fits, engine: 'bonsai' as const, cache: { ...cache, budget: 2 * fitting } },
      { name: names.stockFits, engine: 'stock' as const, cache: stockCacheOptions(cache) },
    ].map(({ name, ...rest }) => ({ name, request: { ...base, ...rest, lengths: [fitting], repeats: fittingRepeats } })),
    {
      name: names.plain,
      request: { ...base, engine: 'bonsai', cache: { ...cache, policy: 'tree', score: 'none' }, lengths: [scoring], decode: 0 },
    },
    {
      name: names.scored,
      request: { ...base, engine: 'bonsai', cache: { ...cache, policy: 'tree', score: 'attention' }, lengths: [scoring], decode: 0 },
    },
  ];
  const began = performance.now();
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const { name, request } of turns) {
      output.progress(`round ${repeat + 1} of ${repeats}: ${name}, ${exactCount(request.lengths.at(-1) ?? 0)} tokens`);
      last = await runProbe(request, signal);
      if (last.notice !== undefined) output.note(`${name}: ${last.notice}`);
      add(series, name, last);
    }
    if (repeat === 0 && repeats > 1)
      output.note(
        `${repeats} rounds; at the first one's pace about ${Math.ceil(((repeats - 1) * (performance.now() - began)) / 60_000)} minutes more.`,
      );
  }
  if (last) writeSpeed(series, last, options);
}

export function baseRequest(
  options: Omit<SpeedOptions, 'max' | 'stockMax' | 'repeats' | 'out' | 'name' | 'output' | 'signal'>,
): Omit<ProbeRequest, 'engine' | 'lengths'> {
  const { modelPath, gpu, threads, chunk, cache, tuning, corpus, seed, decode } = options;
  return {
    ...(modelPath === undefined ? {} : { modelPath }),
    ...(gpu === undefined ? {} : { gpu }),
    ...(threads === undefined ? {} : { threads }),
    chunk,
    cache,
    tuning,
    corpus,
    seed,
    decode,
    repeats: 1,
  };
}

/** The stock engine gets the same types, and nothing that means nothing to it. */
export function stockCacheOptions({ keyType, valueType }: CacheOptions): CacheOptions {
  return { ...(keyType ? { keyType } : {}), ...(valueType ? { valueType } : {}) };
}

export interface SpeedRatios {
  length: number;
  /** Ours over stock; missing where stock was not run. */
  prefill?: number;
  decode?: number;
  kv?: number;
}

export interface SpeedSummary {
  lengths: SpeedRatios[];
  /** Ours over stock when nothing has to be evicted. */
  fits: { prefill: number; decode: number };
  /** Reading with scores gathered over reading without. */
  scoring: number;
  /** Speed at the longest length over the speed just after the budget filled. */
  constancy: { from: number; to: number; prefill: number; decode: number } | undefined;
}

export function summariseSpeed(series: ReadonlyMap<string, Series>, budget: number, statistic: Statistic = typical): SpeedSummary {
  const ours = series.get(names.ours);
  const all = ours ? points(ours, statistic) : [];
  const lengths = all.map((own): SpeedRatios => {
    const stock = pointAt(series.get(names.stock), own.tokens, statistic);
    if (!stock) return { length: own.tokens };
    return {
      length: own.tokens,
      prefill: own.prefill / stock.prefill,
      decode: own.decode / stock.decode,
      kv: own.kvBytes / stock.kvBytesFull,
    };
  });
  const [fits, stockFits] = [names.fits, names.stockFits].map((name) => pointAt(series.get(name), fitting, statistic));
  const [plain, scored] = [series.get(names.plain), series.get(names.scored)].map((one) => (one ? points(one, statistic)[0] : undefined));
  // The first length that was read with a full cache from end to end of its span.
  const filled = all.find(({ tokens }) => tokens >= 2 * budget);
  const longest = all.at(-1);
  return {
    lengths,
    fits: { prefill: (fits?.prefill ?? NaN) / (stockFits?.prefill ?? NaN), decode: (fits?.decode ?? NaN) / (stockFits?.decode ?? NaN) },
    scoring: (scored?.prefill ?? NaN) / (plain?.prefill ?? NaN),
    constancy:
      filled && longest && longest.tokens > filled.tokens
        ? { from: filled.tokens, to: longest.tokens, prefill: longest.prefill / filled.prefill, decode: longest.decode / filled.decode }
        : undefined,
  };
}

const times = (value: number | undefined) => (value === undefined ? '' : `${value.toFixed(2)}x`);
const both = (median: number | undefined, best: number | undefined) => `${times(median)} (${times(best)})`;
const rate = (value: number | undefined) => (value === undefined ? '' : exactCount(value));
const megabytes = (bytes: number | undefined) => (bytes === undefined ? '' : (bytes / 1e6).toFixed(1));

function writeSpeed(series: ReadonlyMap<string, Series>, { device, model }: ProbeAnswer, options: SpeedOptions): void {
  const { output, cache, chunk, repeats, decode } = options;
  const report = new Report(options.out, options.name);
  const summary = summariseSpeed(series, cache.budget);
  const best = summariseSpeed(series, cache.budget, fastest);
  const [ours, stock] = [series.get(names.ours), series.get(names.stock)];
  const command = commandLine();
  const machine = machineName(device);
  const reading = 'Reading speed';
  const writing = 'Generating speed';
  const curves = (pick: (point: ReturnType<typeof points>[number]) => number) =>
    [ours, stock].flatMap((one) =>
      one ? [{ name: one.name, points: points(one).map((point) => [point.tokens, pick(point)] as const) }] : [],
    );
  const x = { name: 'length (tokens)', logarithmic: true, binary: true };
  const plots = [
    report.plot(
      'prefill',
      reading,
      linePlot(
        reading,
        x,
        { name: 'tokens per second' },
        curves((point) => point.prefill),
      ),
    ),
    report.plot(
      'decode',
      writing,
      linePlot(
        writing,
        x,
        { name: 'tokens per second' },
        curves((point) => point.decode),
      ),
    ),
  ];
  const table = markdownTable(
    ['tokens', 'read/s bonsai', 'stock', 'ratio', 'generated/s bonsai', 'stock', 'ratio', 'KV MB bonsai', 'stock'],
    summary.lengths.map(({ length, prefill, decode: generating }) => {
      const [own, other] = [pointAt(ours, length), pointAt(stock, length)];
      return [
        exactCount(length),
        rate(own?.prefill),
        rate(other?.prefill),
        times(prefill),
        rate(own?.decode),
        rate(other?.decode),
        times(generating),
        megabytes(own?.kvBytes),
        megabytes(other?.kvBytesFull),
      ];
    }),
  );
  const { fits, scoring, constancy } = summary;
  const findings = [
    `- Everything fits (${exactCount(fitting)} tokens, budget ${exactCount(2 * fitting)}): reading ${both(fits.prefill, best.fits.prefill)} and generating ${both(fits.decode, best.fits.decode)} of stock.`,
    `- Gathering attention scores: reading at ${both(scoring, best.scoring)} of the speed without.`,
    ...(constancy
      ? [
          `- At ${exactCount(constancy.to)} tokens: reading ${both(constancy.prefill, best.constancy?.prefill)} and generating ${both(constancy.decode, best.constancy?.decode)} of the speed at ${exactCount(constancy.from)}.`,
        ]
      : []),
  ].join('\n');
  const { policy, score } = resolveSettings(cache);
  const about =
    `Policy ${policy}, score ${score}, budget ${exactCount(cache.budget)}, chunks of ${chunk}, ${options.threads ?? 'default'} threads; ` +
    `${repeats} rounds in turn, medians; in brackets the fastest round of each, which whatever else ran disturbed least. Reading: over the last 8,192 tokens before each length, or since the length before. ` +
    `Generating: ${decode} tokens from there. Stock KV: what these tokens take.`;
  report.json({
    machine,
    device,
    model,
    commands: [command],
    options: { ...baseRequest(options), repeats },
    summary,
    fastest: best,
    series: [...series.values()],
  });
  report.markdown(
    markdownPage({ title: 'Speed by length', machine, model, commands: [command], sections: [about, findings, table, ...plots] }),
  );
  output.result({ json: report.jsonFile, markdown: report.markdownFile, ...summary }, () =>
    [about, '', findings, '', table, ''].join('\n'),
  );
}
