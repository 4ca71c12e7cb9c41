/**
 * Measures one configuration on all texts, with one context. Every stream is read once; the questions about it are asked
 * of forks, so that each sees the same compressed context. Layers are measured on the calibration text, never on these.
 */
import { createSampler, type AddonSampler } from '../../sidecar/engine/addon';
import { stagingFor } from '../../sidecar/engine/budget';
import { temporaryBudgetMemory } from '../../sidecar/engine/budgetMemory';
import { createCache, createMeasuringCache, type CreatedCache } from '../../sidecar/engine/createCache';
import type { OpenModel } from '../../sidecar/engine/openModel';
import { Scheduler } from '../../sidecar/engine/scheduler';
import type { Sequence, Work } from '../../sidecar/engine/sequence';
import { measuredBudgets } from '../../sidecar/measure/calibrate';
import { needsOfLayers, textToReplay } from '../../sidecar/measure/layerNeeds';
import { concatTokens, isToken } from '../../sidecar/prompt/modelTokens';
import { BonsaiError } from '../../sidecar/errors';
import { configKey, entriesOf, type QualityConfig } from './config';
import { heldOutLines, longestLineTokens, similarity } from './nextLine';
import type { Planted } from './plantedConstants';
import type { ConfigResult, RecallResult, StreamResult } from './result';
import { lineEnds, type DistantConstant, type Stream } from './streams';

export interface Material {
  streams: readonly Stream[];
  distant: readonly DistantConstant[];
  /** Held-out lines asked for per stream, at most. */
  lines: number;
  calibration: Uint32Array;
}

export interface EvaluateOptions {
  opened: OpenModel;
  chunk: number;
  blockTokens: number;
  threads: number | undefined;
  /** Times the calibration text is read for the allocator `measured`. */
  evaluations: number;
  signal: AbortSignal;
  onTokens: (tokens: number) => void;
}

/** Beyond the stream: what follows it, and a question. */
const extraTokens = 1024;
/** Enough for every allocator to have seen the layers. */
const measuringTokens = 1024;
/** Allocators that look at the layers while a text is read. */
const watching: ReadonlySet<string> = new Set(['squeeze', 'prefix', 'lazy']);

export async function evaluateConfig(config: QualityConfig, material: Material, options: EvaluateOptions): Promise<ConfigResult> {
  const began = performance.now();
  const { opened, chunk, threads, signal } = options;
  const longest = Math.max(
    0,
    ...material.streams.map(({ tokens }) => tokens.length),
    ...material.distant.map(({ tokens }) => tokens.length),
  );
  const room = Math.ceil((longest + extraTokens) / 32) * 32 + stagingFor(chunk);
  const created = await createCache({
    ...opened,
    options: { ...config, budget: config.policy === 'full' ? room : entriesOf(config) },
    tuning: config.tuning,
    memory: temporaryBudgetMemory(),
    chunk,
    threads,
    window: room,
  });
  const sampler = createSampler(opened.llama, opened.model, { temperature: 0 });
  const session = new Scheduler().openSession('reading');
  try {
    const bench = new Bench(created, sampler, { session, signal }, options);
    await bench.allocate(config, material.calibration);
    // Every run measures again, and must not go on with equal budgets when that fails.
    if (watching.has(config.allocator) && created.shares?.current.allocator !== config.allocator)
      throw new BonsaiError('engine-failed', `The layers could not be measured, so ${configKey(config)} would be another configuration.`);
    const streams: StreamResult[] = [];
    for (const stream of material.streams) streams.push(await bench.stream(stream, material.lines));
    const distant: RecallResult[] = [];
    for (const text of material.distant) distant.push(await bench.distant(text));
    const stats = created.cache.stats(0);
    return {
      config,
      budgets: stats.budgets,
      kvBytes: stats.kvBytes,
      streams,
      distant,
      seconds: (performance.now() - began) / 1000,
      ...(created.bounded || created.notice === undefined ? {} : { notice: created.notice }),
    };
  } finally {
    session.close();
    sampler.dispose();
    await created.context.dispose();
  }
}

class Bench {
  private readonly memory: Sequence;
  private readonly chat: Sequence;
  private readonly ghost: Sequence;
  private readonly endsLine: (token: number) => boolean;

  constructor(
    private readonly created: CreatedCache,
    private readonly sampler: AddonSampler,
    private readonly work: Work,
    private readonly options: EvaluateOptions,
  ) {
    ({ memory: this.memory, chat: this.chat, ghost: this.ghost } = created.sequences);
    this.endsLine = lineEnds(options.opened);
  }

  async allocate(config: QualityConfig, text: Uint32Array): Promise<void> {
    const { allocator, policy } = config;
    const { opened, chunk, evaluations, signal, onTokens } = this.options;
    if (watching.has(allocator)) {
      await this.memory.evaluate(text.subarray(0, measuringTokens), this.work);
      await this.alone(() => this.memory.clear());
      onTokens(measuringTokens);
    } else if (allocator === 'measured') {
      const { budgets } = await measuredBudgets(opened, this.created, text, {
        plan: { mean: entriesOf(config), staging: stagingFor(chunk), policy },
        evaluations,
        signal,
        onEvaluation: () => onTokens(text.length),
      });
      await this.alone(() => this.created.cache.rebudget?.(budgets));
    } else if (allocator === 'replay') {
      const request = { ...opened, options: config, memory: temporaryBudgetMemory(), threads: this.options.threads };
      const needs = await needsOfLayers(
        { ...opened, measuringCache: (size) => createMeasuringCache(request, size) },
        textToReplay(opened, text),
        this.work,
      );
      if (!needs) throw new BonsaiError('bad-request', `The calibration text has ${text.length} tokens, too few to be repeated.`);
      this.created.shares?.needing(needs);
      onTokens(measuringTokens);
    }
  }

  /** The layers get what a text of this length needs, and nothing is held. */
  private begin(tokens: Uint32Array): Promise<void> {
    const { shares } = this.created;
    return this.alone(() => {
      shares?.use(shares.forReading(tokens.length));
      this.memory.clear();
    });
  }

  async stream({ corpus, tokens, planted, tail }: Stream, lines: number): Promise<StreamResult> {
    const { blockTokens, onTokens } = this.options;
    await this.begin(tokens);
    const scores = await this.memory.logProbabilities(tokens, this.sampler, this.work, onTokens);
    const blocks = Array.from({ length: Math.ceil(tokens.length / blockTokens) }, (_, i) =>
      // The score of a token stands one place before it.
      scores.subarray(Math.max(0, i * blockTokens - 1), (i + 1) * blockTokens - 1).reduce((sum, value) => sum - value, 0),
    );
    const recall: RecallResult[] = [];
    for (const constant of planted) recall.push(await this.ask(constant, constant.at / tokens.length));
    return { corpus, blocks, recall, lines: await this.nextLines(tail, lines) };
  }

  async distant({ distance, tokens, planted }: DistantConstant): Promise<RecallResult> {
    await this.begin(tokens);
    await this.memory.evaluate(tokens, this.work, this.options.onTokens);
    return this.ask(planted, distance);
  }

  private async ask({ question, answer }: Planted, where: number): Promise<RecallResult> {
    await this.alone(() => this.chat.forkFrom(this.memory));
    const scores = await this.chat.logProbabilities(concatTokens(question, answer), this.sampler, this.work);
    const nats = -scores.subarray(-answer.length).reduce((sum, value) => sum + value, 0) / answer.length;
    await this.alone(() => this.ghost.forkFrom(this.memory));
    let right = 0;
    for await (const token of this.ghost.generate(question, this.sampler, this.work)) {
      if (token !== answer[right]) break;
      right++;
      if (right === answer.length) break;
    }
    return { where, nats, exact: right === answer.length };
  }

  /** The chat sequence reads the true lines, the ghost sequence writes each of them from there. */
  private async nextLines(tail: Uint32Array, most: number): Promise<StreamResult['lines']> {
    const { model } = this.options.opened;
    const lines = heldOutLines(model, tail, this.endsLine, most);
    await this.alone(() => this.chat.forkFrom(this.memory));
    let read = 0;
    let sum = 0;
    let exact = 0;
    for (const { start, text } of lines) {
      await this.chat.evaluate(tail.subarray(read, start - 1), this.work);
      read = start - 1;
      await this.alone(() => this.ghost.forkFrom(this.chat));
      const written: number[] = [];
      for await (const token of this.ghost.generate(tail.subarray(read, start), this.sampler, this.work)) {
        written.push(token);
        if (this.endsLine(token) || written.length >= longestLineTokens) break;
      }
      const guess = model.detokenize(written.filter(isToken), false).trim();
      sum += similarity(guess, text);
      exact += guess === text ? 1 : 0;
    }
    return { count: lines.length, similarity: lines.length === 0 ? 0 : sum / lines.length, exact };
  }

  private alone<T>(work: () => T | Promise<T>): Promise<T> {
    return this.work.session.unit(work, this.work.signal);
  }
}
