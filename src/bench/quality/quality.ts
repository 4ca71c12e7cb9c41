/**
 * `bonsai bench quality`: every configuration on the same texts, `full` first, one after the other in one process. What
 * has been measured is written down after each, so that a run that was stopped goes on with --resume.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { exactCount, shortSeconds } from '../../protocol/numbers';
import type { Output } from '../../cli/output';
import { openModel, type OpenModel } from '../../sidecar/engine/openModel';
import { BonsaiError } from '../../sidecar/errors';
import { usualEngine } from '../../sidecar/engine/llama';
import { defaultTuning } from '../../sidecar/engine/tuning';
import { corpusTokens, loadCorpus } from '../corpus';
import { earlierRun } from '../earlierRun';
import { commandLine, machineName } from '../machine';
import { seeded } from '../../sidecar/random';
import { Report } from '../report';
import { configKey, entriesOf, type QualityConfig } from './config';
import { evaluateConfig, type EvaluateOptions, type Material } from './evaluate';
import { qualityPlots } from './plots';
import { askerFor, type Ask, type Asker } from './plantedConstants';
import { runSchema, type QualityRun, type QualitySettings } from './result';
import { drawDistant, drawStreams } from './streams';
import { fullKey, qualityPage, summarise } from './summary';

export interface QualityOptions {
  modelPath: string | undefined;
  gpu: 'auto' | 'off' | undefined;
  threads: number | undefined;
  chunk: number;
  configs: readonly QualityConfig[];
  corpora: readonly string[];
  calibration: string;
  tokens: number;
  streams: number;
  lines: number;
  distances: readonly number[];
  distantTexts: number;
  evaluations: number;
  seed: number;
  ask: Ask | undefined;
  out: string;
  name: string;
  resume: boolean;
  output: Output;
  signal: AbortSignal;
}

export const blockTokens = 256;
/** Tokens of the calibration text, at least; and at least so many budgets. */
const leastCalibration = 4096;
const calibrationBudgets = 3;
/** Tokens read to find out how fast the machine is. */
const trialTokens = 1024;

const full: QualityConfig = {
  policy: 'full',
  score: 'none',
  allocator: 'uniform',
  positions: 'auto',
  keyType: 'f16',
  valueType: 'f16',
  tuning: defaultTuning,
  budget: 0,
};

export async function quality(options: QualityOptions): Promise<void> {
  const configs = [full, ...options.configs.filter((config) => configKey(config) !== fullKey)];
  const stock = usualEngine() === 'stock';
  if (stock && configs.length > 1)
    throw new BonsaiError('bad-request', "llama.cpp's own cache has only the policy full. Leave --engine out, or ask for --policies full.");
  const opened = await openModel(options);
  try {
    await measureAll(opened, configs, stock ? 'stock' : 'bonsai', options);
  } finally {
    await opened.model.dispose();
  }
}

async function measureAll(
  opened: OpenModel,
  configs: readonly QualityConfig[],
  engine: QualitySettings['engine'],
  options: QualityOptions,
): Promise<void> {
  const { chunk, threads, evaluations, signal, output } = options;
  const report = new Report(options.out, options.name);
  const { ask, asker } = await askerFor(opened, options.ask);
  const settings = { ...settingsOf(opened, engine, options), ask };
  const run = startRun(report, settings, opened, options.resume);
  const material = await drawMaterial(opened, configs, asker, options);
  const waiting = configs.filter((config) => !run.results[configKey(config)]);
  const costs = new Map(waiting.map((config) => [config, tokensOf(config, material, evaluations)]));
  const total = [...costs.values()].reduce((sum, tokens) => sum + tokens, 0);
  let read = 0;
  let began = performance.now();
  let label = 'trial';
  const evaluate: EvaluateOptions = {
    opened,
    chunk,
    threads,
    evaluations,
    signal,
    blockTokens,
    onTokens: (tokens) => {
      read += tokens;
      const seconds = (performance.now() - began) / 1000;
      output.progress(
        `${label}: ${Math.floor((100 * read) / total)} % of all, ${shortSeconds((seconds * Math.max(0, total - read)) / read)} left`,
      );
    },
  };
  if (waiting.length > 0) {
    const rate = await trial(configs.at(-1) ?? full, material, evaluate);
    output.note(
      `${waiting.length} configurations (${configs.length - waiting.length} measured before), ${exactCount(total)} tokens to read; at ${exactCount(rate)} tokens a second that takes about ${shortSeconds(total / rate)}, and longer for the cache that keeps everything.`,
    );
  }
  read = 0;
  began = performance.now();
  for (const config of waiting) {
    label = configKey(config);
    const result = await evaluateConfig(config, material, evaluate);
    if (result.notice !== undefined && engine === 'bonsai') throw new BonsaiError('bad-request', result.notice);
    run.results[label] = result;
    write(report, run);
    const row = summarise(run).find(({ key }) => key === label);
    if (row)
      output.note(
        `${label}: ${row.above.toFixed(4)} nats above full (perplexity ${(100 * row.perplexity).toFixed(1)} %), planted ${row.recall.nats.toFixed(2)} nats, ${shortSeconds(result.seconds)}`,
      );
  }
  write(report, run);
  output.result({ json: report.jsonFile, markdown: report.markdownFile, rows: summarise(run) }, () =>
    readFileSync(report.markdownFile, 'utf8'),
  );
}

function write(report: Report, run: QualityRun): void {
  report.json(run);
  report.markdown(qualityPage(run, qualityPlots(run, report)));
}

function settingsOf({ path, file }: OpenModel, engine: QualitySettings['engine'], options: QualityOptions): Omit<QualitySettings, 'ask'> {
  const { corpora, calibration, tokens, streams, seed, chunk, distances, distantTexts, lines } = options;
  return {
    model: basename(path),
    modelBytes: file.bytes,
    engine,
    corpora: [...corpora],
    calibration,
    tokens,
    streams,
    seed,
    chunk,
    blockTokens,
    distances: [...distances],
    distantTexts,
    lines,
  };
}

/** A new run, or with `resume` the one in the file. @throws BonsaiError `bad-request` when that one measured something else */
function startRun(report: Report, settings: QualitySettings, opened: OpenModel, resume: boolean): QualityRun {
  const fresh: QualityRun = {
    settings,
    trainedWindow: opened.shape.trainedWindow,
    machine: machineName(opened.device),
    device: opened.device,
    commands: [commandLine()],
    results: {},
  };
  const before = resume ? earlierRun(report.jsonFile, runSchema, settings) : undefined;
  return before ? { ...before, commands: [...new Set([...before.commands, ...fresh.commands])] } : fresh;
}

async function drawMaterial(
  opened: OpenModel,
  configs: readonly QualityConfig[],
  asker: Asker,
  options: QualityOptions,
): Promise<Material> {
  const { corpora: folders, calibration: folder, streams: count, tokens, seed, distances, distantTexts, lines } = options;
  const corpora = [];
  for (const each of folders) corpora.push(await loadCorpus(each));
  const needed = Math.max(leastCalibration, ...configs.map((config) => calibrationBudgets * entriesOf(config)));
  const calibrates = configs.some(({ allocator }) => allocator !== 'uniform' && allocator !== 'pyramid');
  return {
    streams: drawStreams(opened, corpora, { count, tokens, seed, asker }),
    distant: drawDistant(opened, corpora, { count: distantTexts, distances, seed, asker }),
    lines,
    calibration: calibrates ? corpusTokens(opened, await loadCorpus(folder), needed, seeded(seed)) : new Uint32Array(),
  };
}

function tokensOf({ allocator }: QualityConfig, { streams, distant, calibration }: Material, evaluations: number): number {
  const texts = [...streams, ...distant].reduce((sum, { tokens }) => sum + tokens.length, 0);
  return texts + (allocator === 'measured' ? evaluations * calibration.length : 0);
}

/** @returns tokens a second */
async function trial(config: QualityConfig, { streams }: Material, evaluate: EvaluateOptions): Promise<number> {
  const began = performance.now();
  const short = streams.slice(0, 1).map((stream) => ({ ...stream, tokens: stream.tokens.slice(0, trialTokens), planted: [] }));
  await evaluateConfig(
    { ...config, allocator: 'uniform' },
    { streams: short, distant: [], lines: 0, calibration: new Uint32Array() },
    evaluate,
  );
  const tokens = short.reduce((sum, stream) => sum + stream.tokens.length, 0);
  return (1000 * tokens) / (performance.now() - began);
}
