/**
 * Tries on a text how a model's layers should share their budget (layerTrial.ts), and remembers what they need by replay, for
 * `auto` and `replay`, and the budgets from the loss itself, for `measured`. The text is read once for every evaluation; the
 * first half is searched on, the second decides.
 */
import { stat } from 'node:fs/promises';
import { messageOf } from '../../protocol/messageOf';
import { readNamedFile } from '../../repo';
import { createSampler } from '../engine/addon';
import { budgetKey, type AllocationPlan } from '../engine/allocation';
import { granularity, leastResident, resolveChunk, stagingFor } from '../engine/budget';
import type { BudgetMemory } from '../engine/budgetMemory';
import type { CacheSettings } from '../engine/cachePlan';
import { createCache, createMeasuringCache, type CreatedCache } from '../engine/createCache';
import { needsOfLayers, textToReplay } from './layerNeeds';
import { trialReadings, type LayerTrial } from './layerTrial';
import type { LoadOptions } from '../engine/loadedModel';
import { searchBudgets, type BudgetSearch } from '../engine/measuredBudgets';
import { openModel, type OpenModel } from '../engine/openModel';
import { Scheduler } from '../engine/scheduler';
import { BonsaiError } from '../errors';
import { folderTokens } from './folderTokens';
import { layersToShare, runTrial } from './runTrial';
import { concatTokens, tokenizeText } from '../prompt/modelTokens';

export interface CalibrateOptions extends Omit<LoadOptions, 'plan'> {
  /** Only the first so many tokens of the text, both halves together. */
  tokens?: number | undefined;
  /** Most times the first half is read. */
  evaluations?: number | undefined;
  memory: BudgetMemory;
  signal?: AbortSignal | undefined;
  /** @param of readings, at most */
  onReading?: (done: number, of: number, loss: number) => void;
}

export interface Calibration extends CacheSettings {
  trial: LayerTrial;
  model: string;
  chunk: number;
}

/** Tokens of each half; at least three times the budget, so that most of them are predicted from a cache that has evicted. */
const defaultTokens = 4096;
const budgetsRead = 3;
const defaultEvaluations = 30;
const groups = 16;
/** What SqueezeAttention is tried with: the paper's factor, and gentler ones. */
export const triedP = [0.35, 0.6, 0.8];

/**
 * @param source a text file, or a folder that is read as a repository
 * @throws BonsaiError as `loadModel`; `bad-request` when the text is too short or the stock engine runs
 */
export async function calibrate(source: string, options: CalibrateOptions): Promise<Calibration> {
  if (Array.isArray(options.cache?.budget))
    throw new BonsaiError('bad-request', 'Calibrating finds the budget of every layer; give one number, the mean.');
  const opened = await openModel(options);
  try {
    const chunk = resolveChunk(options.chunk);
    const { cache: asked, tuning, memory, threads, signal } = options;
    const request = { ...opened, options: { ...asked, allocator: 'uniform' as const }, tuning, memory, threads };
    const created = await createCache({ ...request, chunk, window: undefined, sequences: 1 });
    const session = new Scheduler().openSession('reading');
    try {
      const mean = created.cache.stats(0).budgets[0] ?? 0;
      const limit = options.tokens ?? 2 * Math.max(defaultTokens, budgetsRead * mean);
      const tokens = (await tokensOf(source, opened, signal)).slice(0, limit);
      const half = Math.floor(tokens.length / 2);
      const plan: AllocationPlan = { ...created.settings, mean, staging: stagingFor(chunk), fingerprint: opened.fingerprint };
      const search = { squeezeP: triedP, evaluations: options.evaluations ?? defaultEvaluations, groups };
      const needs = await needsOfLayers(
        { ...opened, measuringCache: (size) => createMeasuringCache(request, size) },
        textToReplay(opened, tokens.slice(0, half)),
        { session, signal },
      );
      if (needs) memory.needs.set(opened.fingerprint, needs);
      const trial = await runTrial(opened, created, {
        texts: { search: tokens.slice(0, half), decide: concatTokens(opened.tokens.bos, tokens.slice(half)) },
        ...{ plan, search, needs, memory, session, signal },
        onReading: (done, loss) => options.onReading?.(done, trialReadings(search), loss),
      });
      const measured = trial.results.find(({ allocator }) => allocator === 'measured');
      if (measured) memory.budgets.set(budgetKey({ ...plan, allocator: 'measured' }), measured);
      return { trial, ...created.settings, model: opened.path, chunk };
    } finally {
      session.close();
      await created.context.dispose();
    }
  } finally {
    await opened.model.dispose();
  }
}

/**
 * Searches with a cache that exists already; it is left empty, and with the last budgets tried.
 * @param tokens more than one mean budget of them
 */
export async function measuredBudgets(
  { llama, model }: Pick<OpenModel, 'llama' | 'model'>,
  { cache, sequences }: Pick<CreatedCache, 'cache' | 'sequences'>,
  tokens: Uint32Array,
  options: Pick<CalibrateOptions, 'evaluations' | 'signal'> & {
    plan: Pick<AllocationPlan, 'mean' | 'staging' | 'policy'>;
    onEvaluation?: (done: number, loss: number) => void;
  },
): Promise<BudgetSearch> {
  const { plan, signal, evaluations = defaultEvaluations, onEvaluation } = options;
  const { mean, staging, policy } = plan;
  const { rebudget } = cache;
  const { memory } = sequences;
  if (!rebudget || policy === 'full')
    throw new BonsaiError('bad-request', "Only a bounded cache can be calibrated: use Bonsai's engine and a policy other than full.");
  const layers = layersToShare(cache.stats(memory.id).budgets);
  if (tokens.length < 2 * mean)
    throw new BonsaiError(
      'bad-request',
      `The text has ${tokens.length} tokens; calibrating a budget of ${mean} takes at least ${2 * mean}.`,
    );
  const sampler = createSampler(llama, model, { temperature: 0 });
  const session = new Scheduler().openSession('reading');
  try {
    const loss = async (budgets: number[]): Promise<number> => {
      await session.unit(() => {
        rebudget(budgets.map((entries) => entries + staging));
        // After it: where a sequence begins to evict depends on the budgets it is cleared with.
        memory.clear();
      }, signal);
      const scores = await memory.logProbabilities(tokens, sampler, { session, signal });
      // What is predicted while everything still fits says nothing about budgets.
      const counted = scores.subarray(mean);
      return -counted.reduce((sum, value) => sum + value, 0) / counted.length;
    };
    const resident = mean - staging;
    const found = await searchBudgets(loss, {
      layers,
      mean: resident,
      floor: Math.min(leastResident, resident),
      step: resident % granularity === 0 ? granularity : 1,
      evaluations,
      ...(onEvaluation ? { onEvaluation } : {}),
    });
    await session.unit(() => memory.clear(), signal);
    return { ...found, budgets: found.budgets.map((entries) => entries + staging) };
  } finally {
    session.close();
    sampler.dispose();
  }
}

async function tokensOf(source: string, opened: OpenModel, signal: AbortSignal | undefined): Promise<Uint32Array> {
  const { model, tokens } = opened;
  const kind = await stat(source).catch((error: unknown) => {
    throw new BonsaiError('bad-request', `${source} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  });
  if (kind.isDirectory()) return folderTokens(opened, source, signal);
  const read = await readNamedFile(source);
  if ('reason' in read) throw new BonsaiError('bad-request', `${source} cannot be read as text: ${read.reason}.`);
  return concatTokens(tokens.bos, tokenizeText(model, read.text));
}
