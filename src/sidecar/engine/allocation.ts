/**
 * How the mean budget is shared out among the layers. `uniform` and `pyramid` know at once; `squeeze`, `prefix` and
 * `lazy` look at the layers while the first chunks of the first text are read, before anything is evicted, and then
 * rebudget once; `replay` takes what a text that was repeated says (layerNeeds.ts), and how much is going to be read;
 * `measured` takes what `bonsai calibrate` found; `auto` is `replay`. What was found is remembered per model file.
 * Staging is the same for every layer: only the resident entries are shared out, and their total is conserved.
 */
import { messageOf } from '../../protocol/messageOf';
import type { Allocator, AllocatorChoice, CacheType, LayerNeeds, LayerSharing, Policy, Score } from '../../protocol';
import type { BudgetMemory } from './budgetMemory';
import { granularity, leastResident } from './budget';
import { inProportion } from './measuredBudgets';
import type { AllocateRequest, BonsaiNative, LayerMeasure } from './native';
import type { EngineTuning } from './tuning';

export interface AllocationPlan {
  allocator: AllocatorChoice;
  policy: Policy;
  score: Score;
  keyType: CacheType;
  valueType: CacheType;
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
/** Fewer say nothing. */
const leastTokens = 256;
const measuring: ReadonlySet<AllocatorChoice> = new Set<AllocatorChoice>(['squeeze', 'prefix', 'lazy']);

/** Under which budgets are remembered: everything they depend on. */
export function budgetKey(plan: AllocationPlan): string {
  const { allocator, mean, staging, tuning, fingerprint } = plan;
  const common = `${fingerprint} ${allocator} ${mean}-${staging} sinks ${tuning.sinks} recent ${tuning.recentShare}`;
  // These three look at the model alone; budgets found by the loss belong to the policy they were found with.
  return measuring.has(allocator) ? `${common} p ${tuning.squeezeP}` : `${common} ${whatLossDependsOn(plan)}`;
}

/** Under which the readings of a trial are noted: it tries several allocators, so the one asked for makes no difference. */
export function trialKey(plan: AllocationPlan): string {
  return budgetKey({ ...plan, allocator: 'auto' });
}

function whatLossDependsOn({ policy, score, keyType, valueType, tuning }: AllocationPlan): string {
  const { outlierShare, block, samples, minSeen, gqa, stagger, merge } = tuning;
  const ours = `${stagger ? '' : ' alike'}${merge ? ' merge' : ''}`;
  return `${policy} ${score} ${keyType} ${valueType} outlier ${outlierShare} block ${block} samples ${samples} seen ${minSeen} gqa ${gqa}${ours}`;
}

/** @throws RangeError of the engine when the numbers make no sense, such as no cosine for `squeeze` */
export function allocate(
  native: Pick<BonsaiNative, 'allocate'>,
  { allocator, mean, staging, tuning }: Omit<AllocationPlan, 'allocator'> & { allocator: Allocator },
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

export function equalBudgets({ mean }: Pick<AllocationPlan, 'mean'>, layers: number): LayerSharing {
  return { allocator: 'uniform', budgets: Array.from({ length: Math.max(1, layers) }, () => mean) };
}

/** Of the mean, what a layer keeps that needs nothing: the safeguard of AdaKV (arXiv 2407.11550, section 3.3). */
const safeguard = 0.2;

/**
 * What `replay` gives the layers: what they need at this number of tokens an entry, between two that were measured in proportion.
 * @param tokens that are going to be read
 */
export function neededBudgets(plan: Pick<AllocationPlan, 'mean' | 'staging'>, needs: LayerNeeds, tokens: number): LayerSharing {
  const resident = plan.mean - plan.staging;
  const ratio = Math.min(Math.max(tokens / resident, needs.ratios[0] ?? 1), needs.ratios.at(-1) ?? 1);
  const above = Math.max(
    1,
    needs.ratios.findIndex((measured) => measured >= ratio),
  );
  const [low, high] = [needs.ratios[above - 1] ?? 1, needs.ratios[above] ?? 1];
  const part = high > low ? Math.log(ratio / low) / Math.log(high / low) : 0;
  const shares = (needs.shares[above - 1] ?? []).map((share, layer) => share + part * ((needs.shares[above]?.[layer] ?? share) - share));
  const residents = inProportion(
    shares.map((share) => safeguard + (1 - safeguard) * share),
    resident,
    Math.min(leastResident, resident),
    resident % granularity === 0 ? granularity : 1,
  );
  return { allocator: 'replay', ratio, budgets: residents.map((entries) => entries + plan.staging) };
}

export interface SharingStart {
  sharing: LayerSharing;
  /** Whether the layers have to be looked at while the first text is read. */
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
): SharingStart {
  const { allocator } = plan;
  const same: SharingStart = { sharing: equalBudgets(plan, layers), measure: false };
  // Between windows, a single layer may be all there is.
  if (allocator === 'uniform' || layers < 2) return same;
  // How much there is to read decides, so a reading asks for them (LayerShares.forReading).
  if (allocator === 'auto' || allocator === 'replay') return same;
  if (allocator === 'pyramid') {
    const budgets = allocate(
      native,
      { ...plan, allocator },
      Array.from({ length: layers }, () => ({})),
    );
    return { sharing: { allocator, budgets }, measure: false };
  }
  const recalled = memory.budgets.get(budgetKey(plan));
  if (recalled && plausible(recalled.budgets, layers, plan)) return { sharing: recalled, measure: false };
  if (recalled) log(`Remembered budgets do not fit the model (${recalled.budgets.length} for ${layers} layers); they are found again.`);
  if (allocator !== 'measured') return { ...same, measure: true };
  return {
    ...same,
    unmeasured: true,
    notice: 'No budgets were measured for this model yet; every layer keeps the same. Type: bonsai calibrate <folder>',
  };
}

export interface Watched {
  native: Pick<BonsaiNative, 'allocate' | 'measure' | 'measures' | 'rebudget'>;
  handle: number;
  plan: AllocationPlan;
  memory: BudgetMemory;
  log: (text: string) => void;
  /** Whether the cache still has the budgets it started with: those of a restored memory stay. */
  asStarted: () => boolean;
  /** Told what the cache was given. */
  onSharing: (sharing: LayerSharing) => void;
}

/** Watches the first text that is read, and allocates once. */
export class LayerMeasuring {
  private done = false;
  private seen = 0;
  private sequence = 0;
  private readonly enough: number;

  constructor(private readonly watched: Watched) {
    const { native, handle, plan } = watched;
    this.enough = Math.min(measuredTokens, Math.floor(shareBeforeEviction * plan.mean));
    native.measure(handle, true);
  }

  /**
   * To be called after every decode, while no other one runs.
   * @param position tokens the sequence holds, kept or not
   * @param tokens that were decoded
   */
  afterDecode(sequence: number, position: number, tokens: number): void {
    this.seen += tokens;
    this.sequence = sequence;
    if (position >= this.enough) this.finish();
  }

  /**
   * Ends it with what was seen so far, which may be too little. While layers are watched, no state can be saved or restored:
   * what is gathered for it is part of a state. To be called while nothing is decoded.
   */
  finish(): void {
    if (this.done) return;
    this.done = true;
    const { native, handle, plan, memory, log, asStarted, onSharing } = this.watched;
    const { allocator, tuning } = plan;
    try {
      if (this.seen < Math.min(leastTokens, this.enough)) return;
      const measures = native.measures(handle, this.sequence);
      const cosines = measures.map(({ cosine }) => cosine);
      const known = cosines.every(Number.isFinite);
      if (allocator === 'auto' || !asStarted()) return;
      const budgets = allocate(native, { ...plan, allocator }, measures.map(measured));
      native.rebudget(handle, budgets);
      const sharing: LayerSharing = { allocator, budgets, ...(allocator === 'squeeze' && known ? { p: tuning.squeezeP, cosines } : {}) };
      memory.budgets.set(budgetKey(plan), sharing);
      onSharing(sharing);
    } catch (error) {
      // The cache works all the same, every layer with the mean.
      log(`The layers keep equal budgets, ${allocator} failed: ${messageOf(error)}`);
    } finally {
      native.measure(handle, false);
    }
  }
}

function measured({ cosine, attention }: LayerMeasure): AllocateRequest['layers'][number] {
  return { ...(Number.isNaN(cosine) ? {} : { cosine }), ...(attention.length === 0 ? {} : { attention }) };
}
