/**
 * A trial of layer budgets (layerTrial.ts) on a cache of its own. Every reading is noted in the budget memory, so a
 * trial that was stopped goes on where it was, as long as its texts are the same.
 */
import { createHash } from 'node:crypto';
import type { LayerNeeds } from '../../protocol';
import { boundedOf, createSampler } from '../engine/addon';
import { allocate, neededBudgets, trialKey, type AllocationPlan } from '../engine/allocation';
import { granularity, leastResident } from '../engine/budget';
import type { BudgetMemory, Readings } from '../engine/budgetMemory';
import type { CreatedCache } from '../engine/createCache';
import { blockMeans, layerTrial, trialBlock, type LayerTrial, type TrialOptions, type TrialText } from './layerTrial';
import type { OpenModel } from '../engine/openModel';
import type { SchedulerSession } from '../engine/scheduler';
import { BonsaiError } from '../errors';

export type TrialTexts = Record<TrialText, Uint32Array>;

export interface TrialRun {
  texts: TrialTexts;
  plan: AllocationPlan;
  search: Pick<TrialOptions, 'squeezeP' | 'evaluations' | 'groups'>;
  /** Of the layers, by replay; undefined: not measured. */
  needs: LayerNeeds | undefined;
  memory: BudgetMemory;
  session: SchedulerSession;
  signal: AbortSignal | undefined;
  /** After every reading: how many there were, and the mean nats a token of this one. */
  onReading: (done: number, loss: number) => void;
}

/** How many layers have a budget. @throws BonsaiError `bad-request` when that is one or none */
export function layersToShare(budgets: readonly number[]): number {
  if (budgets.length < 2)
    throw new BonsaiError(
      'bad-request',
      `Of this model, ${budgets.length} layers have full attention and a budget; there is nothing to share out.`,
    );
  return budgets.length;
}

/**
 * Leaves the cache empty, with the last budgets tried.
 * @throws BonsaiError `bad-request` when there is nothing to share out or too little to read; the signal's reason when stopped
 */
export async function runTrial(
  { llama, model }: Pick<OpenModel, 'llama' | 'model'>,
  { cache, sequences: { memory: sequence } }: Pick<CreatedCache, 'cache' | 'sequences'>,
  { texts, plan, search, needs, memory, session, signal, onReading }: TrialRun,
): Promise<LayerTrial> {
  const native = boundedOf(llama);
  const { rebudget, watchLayers } = cache;
  const { mean, staging, policy, tuning } = plan;
  if (!native || !rebudget || !watchLayers || policy === 'full')
    throw new BonsaiError('bad-request', "Only a bounded cache can be calibrated: use Bonsai's engine and a policy other than full.");
  const layers = layersToShare(cache.stats(sequence.id).budgets);
  for (const { length } of Object.values(texts))
    if (length < leastTokens(mean))
      throw new BonsaiError(
        'bad-request',
        `The text has ${length} tokens; a trial of budgets of ${mean} takes two texts of at least ${leastTokens(mean)} each.`,
      );
  const key = trialKey(plan);
  const text = hashOf(texts);
  const noted = memory.readings.get(key);
  const known: Readings = noted?.text === text ? noted : { text, blocks: {} };
  const resident = mean - staging;
  const sampler = createSampler(llama, model, { temperature: 0 });
  let done = 0;
  try {
    const trial = await layerTrial(
      {
        read: async (budgets, which) => {
          const name = `${which} ${budgets.join(',')}`;
          const before = known.blocks[name];
          const blocks = before ?? (await readBlocks([...budgets], texts[which]));
          known.blocks[name] = blocks;
          if (!before) memory.readings.set(key, known);
          onReading(++done, blocks.reduce((sum, value) => sum + value, 0) / blocks.length);
          return blocks;
        },
        cosines: () => known.cosines,
        squeeze: (cosines, p) =>
          allocate(
            native,
            { ...plan, allocator: 'squeeze', tuning: { ...tuning, squeezeP: p } },
            cosines.map((cosine) => ({ cosine })),
          ),
        replay: () => needs && neededBudgets(plan, needs, texts.decide.length),
      },
      {
        ...search,
        ...{ layers, mean, staging, tokens: texts.decide.length },
        floor: Math.min(leastResident, resident),
        step: resident % granularity === 0 ? granularity : 1,
      },
    );
    memory.readings.set(key, undefined);
    await session.unit(() => sequence.clear(), signal);
    return trial;
  } finally {
    sampler.dispose();
  }

  async function readBlocks(budgets: number[], tokens: Uint32Array): Promise<number[]> {
    const watch = known.cosines === undefined;
    await session.unit(() => {
      rebudget?.(budgets);
      // After it: where a sequence begins to evict depends on the budgets it is cleared with.
      sequence.clear();
      if (watch) watchLayers?.(true);
    }, signal);
    const scores = await sequence.logProbabilities(tokens, sampler, { session, signal });
    if (watch) known.cosines = watchLayers?.(false);
    // What is predicted while everything still fits says nothing about budgets.
    return blockMeans(scores.subarray(mean).map((score) => -score));
  }
}

/** As many tokens again as fit, and two blocks, so that there is something to compare. */
export function leastTokens(mean: number): number {
  return Math.max(2 * mean, mean + 2 * trialBlock + 1);
}

function hashOf({ search, decide }: TrialTexts): string {
  return createHash('sha256').update(search).update('\n').update(decide).digest('hex');
}
