/**
 * How the mean budget is shared out among the layers. `uniform` and `pyramid` know at once; `squeeze`, `prefix` and
 * `lazy` look at the layers while the first chunks of the first text are read, before anything is evicted, and then
 * rebudget once; `replay` takes what a text that was repeated says (layerNeeds.ts), and how much is going to be read;
 * `measured` takes what `bonsai calibrate` found; `auto` takes the winner of a trial (layerTrial.ts), and
 * until there was one every layer keeps the same. What was found is remembered per model file.
 * Staging is the same for every layer: only the resident entries are shared out, and their total is conserved.
 */
import { messageOf } from '../../protocol/messageOf';
import type { Allocator, AllocatorChoice, CacheType, LayerNeeds, LayerSharing, LayerTrial, Policy, Score } from '../../protocol';
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

/** A trial takes the shares of a small cache for those of a large one: reading enough to fill the large one would take too long. */
const trialResident = 448;
const trialStaging = 64;

/** What trials in idle time are made with. */
export function trialPlan(plan: AllocationPlan): AllocationPlan {
  return { ...plan, mean: trialStaging + Math.min(trialResident, plan.mean - plan.staging), staging: trialStaging };
}

/** Under which budgets are remembered: everything they depend on. */
export function budgetKey(plan: AllocationPlan): string {
  const { allocator, mean, staging, tuning, fingerprint } = plan;
  const common = `${fingerprint} ${allocator} ${mean}-${staging} sinks ${tuning.sinks} recent ${tuning.recentShare}`;
  // These three look at the model alone; budgets found by the loss belong to the policy they were found with.
  return measuring.has(allocator) ? `${common} p ${tuning.squeezeP}` : `${common} ${whatLossDependsOn(plan)}`;
}

/** Under which a trial is remembered: it tries several allocators, so the one asked for makes no difference. */
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
  const residents = inProportion(shares, resident, Math.min(leastResident, resident), resident % granularity === 0 ? granularity : 1);
  return { allocator: 'replay', ratio, budgets: residents.map((entries) => entries + plan.staging) };
}

export interface Decided {
  trial: LayerTrial;
  sharing: LayerSharing;
}

/** What `auto` was found to be: by a trial with just these budgets (`bonsai calibrate`), else by a small one. */
export function decided(
  native: Pick<BonsaiNative, 'allocate'>,
  plan: AllocationPlan,
  layers: number,
  memory: BudgetMemory,
): Decided | undefined {
  for (const key of [trialKey(plan), trialKey(trialPlan(plan))]) {
    const trial = memory.trials.get(key);
    const sharing = trial && winnersBudgets(native, plan, trial);
    if (trial && sharing && plausible(sharing.budgets, layers, plan)) return { trial, sharing };
  }
  return undefined;
}

/** The winner of a trial, in budgets of this plan's size; undefined: the trial makes no sense. */
export function winnersBudgets(
  native: Pick<BonsaiNative, 'allocate'>,
  plan: AllocationPlan,
  { results, best, mean, staging }: LayerTrial,
): LayerSharing | undefined {
  const won = results[best];
  if (!won) return undefined;
  const { allocator, p, cosines, lost, budgets } = won;
  if (allocator === 'squeeze' && p !== undefined && cosines) {
    const layers = cosines.map((cosine) => ({ cosine }));
    try {
      return { allocator, p, cosines, budgets: allocate(native, { ...plan, allocator, tuning: { ...plan.tuning, squeezeP: p } }, layers) };
    } catch {
      return undefined;
    }
  }
  const because = lost ? { lost } : {};
  if (mean === plan.mean && staging === plan.staging) return { allocator, budgets, ...because };
  const resident = plan.mean - plan.staging;
  const residents = inProportion(
    budgets.map((entries) => entries - staging),
    resident,
    Math.min(leastResident, resident),
    resident % granularity === 0 ? granularity : 1,
  );
  return { allocator, budgets: residents.map((entries) => entries + plan.staging), ...because };
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
  if (allocator === 'auto') {
    const found = decided(native, plan, layers, memory);
    if (found) return { ...same, sharing: found.sharing };
    return { ...same, measure: memory.cosines.get(plan.fingerprint)?.length !== layers };
  }
  if (allocator === 'pyramid') {
    const budgets = allocate(
      native,
      { ...plan, allocator },
      Array.from({ length: layers }, () => ({})),
    );
    return { sharing: { allocator, budgets }, measure: false };
  }
  // How much there is to read decides, so a reading asks for them (LayerShares.forReading).
  if (allocator === 'replay') return same;
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

/** Watches the first text that is read; `auto` only remembers the cosines, the others allocate once. */
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
    if ((this.watched.plan.allocator === 'auto' ? this.seen : position) >= this.enough) this.finish();
  }

  /**
   * Ends it with what was seen so far, which may be too little. While layers are watched, no state can be saved or restored:
   * what is gathered for it is part of a state. To be called while nothing is decoded.
   */
  finish(): void {
    if (this.done) return;
    this.done = true;
    const { native, handle, plan, memory, log, asStarted, onSharing } = this.watched;
    const { allocator, fingerprint, tuning } = plan;
    try {
      if (this.seen < Math.min(leastTokens, this.enough)) return;
      const measures = native.measures(handle, this.sequence);
      const cosines = measures.map(({ cosine }) => cosine);
      const known = cosines.every(Number.isFinite);
      if (known) memory.cosines.set(fingerprint, cosines);
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
