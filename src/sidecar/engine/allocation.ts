/**
 * How the mean budget is shared out among the layers. `uniform` and `pyramid` know at once; `squeeze`, `prefix` and
 * `lazy` look at the layers while the first chunks of the first text are read, before anything is evicted, and then
 * rebudget once; `measured` takes what `bonsai calibrate` found. What was found is remembered per model file.
 * Staging is the same for every layer: only the resident entries are shared out, and their total is conserved.
 */
import { messageOf } from '../../protocol/messageOf';
import type { Allocator, Policy, Score } from '../../protocol';
import type { BudgetMemory } from './budgetMemory';
import { granularity, leastResident } from './budget';
import type { AllocateRequest, BonsaiNative, LayerMeasure } from './native';
import type { EngineTuning } from './tuning';

export interface AllocationPlan {
  allocator: Allocator;
  policy: Policy;
  score: Score;
  /** Entries a layer has on average, staging included. */
  mean: number;
  staging: number;
  tuning: EngineTuning;
  /** Of the model file. */
  fingerprint: string;
}

/** Tokens that are enough to see what a layer does; fewer where the cache would be full before. */
const measuredTokens = 1024;
const shareBeforeEviction = 0.75;
const measuring: ReadonlySet<Allocator> = new Set<Allocator>(['squeeze', 'prefix', 'lazy']);

/** Under which budgets are remembered: everything they depend on. */
export function budgetKey({ allocator, policy, score, mean, staging, tuning, fingerprint }: AllocationPlan): string {
  const { sinks, recentShare, outlierShare, block, samples, minSeen, gqa, squeezeP } = tuning;
  const common = `${fingerprint} ${allocator} ${mean}-${staging} sinks ${sinks} recent ${recentShare}`;
  // These three look at the model alone; budgets found by the loss belong to the policy they were found with.
  if (measuring.has(allocator)) return `${common} p ${squeezeP}`;
  const ours = `${tuning.stagger ? '' : ' alike'}${tuning.merge ? ' merge' : ''}`;
  return `${common} ${policy} ${score} outlier ${outlierShare} block ${block} samples ${samples} seen ${minSeen} gqa ${gqa}${ours}`;
}

/** @throws RangeError of the engine when the numbers make no sense, such as no cosine for `squeeze` */
export function allocate(
  native: Pick<BonsaiNative, 'allocate'>,
  { allocator, mean, staging, tuning }: AllocationPlan,
  layers: AllocateRequest['layers'],
): number[] {
  const resident = mean - staging;
  const residents = native.allocate({
    allocator,
    mean: resident,
    floor: Math.min(leastResident, resident),
    step: resident % granularity === 0 ? granularity : 1,
    p: tuning.squeezeP,
    sinks: tuning.sinks,
    recent: Math.floor(tuning.recentShare * resident),
    layers,
  });
  return residents.map((entries) => entries + staging);
}

/** Whether budgets from a file fit this model and this mean: they come from outside. */
export function plausible(
  budgets: readonly number[],
  layers: number,
  { mean, staging }: Pick<AllocationPlan, 'mean' | 'staging'>,
): boolean {
  const total = budgets.reduce((sum, budget) => sum + budget, 0);
  return budgets.length === layers && total === layers * mean && budgets.every((budget) => budget >= staging + leastResident);
}

export interface Start {
  /** One number for all layers, or one per layer with full attention. */
  budgets: number[];
  /** Whether the layers have to be measured while the first text is read. */
  measure: boolean;
  /** `measured` was asked for, but nothing has been measured for this model: all layers keep the same. */
  unmeasured?: boolean;
  /** Why the layers are not allocated as asked. */
  notice?: string;
}

/**
 * What a new context starts with.
 * @param layers those with full attention, which have a budget
 */
export function startingBudgets(
  native: Pick<BonsaiNative, 'allocate'>,
  plan: AllocationPlan,
  layers: number,
  memory: BudgetMemory,
  log: (text: string) => void,
): Start {
  const same = { budgets: [plan.mean], measure: false };
  // Between windows, a single layer may be all there is.
  if (plan.allocator === 'uniform' || layers < 2) return same;
  if (plan.allocator === 'pyramid')
    return {
      budgets: allocate(
        native,
        plan,
        Array.from({ length: layers }, () => ({})),
      ),
      measure: false,
    };
  const recalled = memory.recall(budgetKey(plan));
  if (recalled && plausible(recalled, layers, plan)) return { budgets: recalled, measure: false };
  if (recalled) log(`Remembered budgets do not fit the model (${recalled.length} for ${layers} layers); they are found again.`);
  if (plan.allocator !== 'measured') return { ...same, measure: true };
  return {
    ...same,
    unmeasured: true,
    notice: 'No budgets were measured for this model yet; every layer keeps the same. Type: bonsai calibrate <folder>',
  };
}

/** Watches the first text that is read, then allocates once. */
export class LayerMeasuring {
  private done = false;
  private readonly enough: number;

  constructor(
    private readonly native: Pick<BonsaiNative, 'allocate' | 'measure' | 'measures' | 'rebudget'>,
    private readonly handle: number,
    private readonly plan: AllocationPlan,
    private readonly memory: BudgetMemory,
    private readonly log: (text: string) => void,
  ) {
    this.enough = Math.min(measuredTokens, Math.floor(shareBeforeEviction * plan.mean));
    native.measure(handle, true);
  }

  /**
   * To be called after every decode, while no other one runs.
   * @param position tokens the sequence holds, kept or not
   */
  afterDecode(sequence: number, position: number): void {
    if (this.done || position < this.enough) return;
    this.done = true;
    try {
      const budgets = allocate(this.native, this.plan, this.native.measures(this.handle, sequence).map(known));
      this.native.rebudget(this.handle, budgets);
      this.memory.remember(budgetKey(this.plan), budgets);
    } catch (error) {
      // The cache works all the same, every layer with the mean.
      this.log(`The layers keep equal budgets, ${this.plan.allocator} failed: ${messageOf(error)}`);
    } finally {
      this.native.measure(this.handle, false);
    }
  }
}

function known({ cosine, attention }: LayerMeasure): AllocateRequest['layers'][number] {
  return { ...(Number.isNaN(cosine) ? {} : { cosine }), ...(attention.length === 0 ? {} : { attention }) };
}
