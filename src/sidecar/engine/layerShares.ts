/**
 * How the layers of one cache share its budget at the moment, and what they would be given if a memory were built now. A
 * memory keeps the budgets that it was built with: to change them drops entries of some layers and brings none back to others.
 */
import type { LayerNeeds, LayerSharing, LayerTrial } from '../../protocol';
import { messageOf } from '../../protocol/messageOf';
import { BonsaiError } from '../errors';
import { decided, equalBudgets, neededBudgets, plausible, type AllocationPlan, type Decided, type LayerMeasuring } from './allocation';
import type { BudgetMemory } from './budgetMemory';
import type { BonsaiNative } from './native';

/** Share of the mean budget up to which a text leaves room for a chat: no layer has to give anything up. */
const fitting = 0.75;

const squeezeGroups = 3;

export interface LayerSharesOptions {
  native: Pick<BonsaiNative, 'allocate' | 'cluster'>;
  plan: AllocationPlan;
  /** With full attention. */
  layers: number;
  memory: BudgetMemory;
  /** As it was asked for: one number, or one per layer. */
  asked: readonly number[];
  start: LayerSharing;
  rebudget: (budgets: number[]) => void;
}

export class LayerShares {
  private sharing: LayerSharing;
  private known: Decided | undefined;
  private watching: Pick<LayerMeasuring, 'finish'> | undefined;

  constructor(private readonly options: LayerSharesOptions) {
    this.sharing = options.start;
    this.learn();
  }

  get current(): LayerSharing {
    return this.sharing;
  }

  /** SqueezeAttention's group of each layer, 0 the one that matters most; undefined under another allocator. */
  get groups(): readonly number[] | undefined {
    const { allocator, cosines } = this.sharing;
    return allocator === 'squeeze' && cosines ? this.options.native.cluster([...cosines], squeezeGroups) : undefined;
  }

  get asked(): readonly number[] {
    return this.options.asked;
  }

  get plan(): AllocationPlan {
    return this.options.plan;
  }

  /** That decided for `auto`. */
  get trial(): LayerTrial | undefined {
    return this.known?.trial;
  }

  /** Whether `auto` was asked for and no trial has decided yet. */
  get undecided(): boolean {
    return this.automatic && this.known === undefined;
  }

  /** What the layers get of a memory that is built from nothing. @param tokens it is going to hold */
  forReading(tokens: number): LayerSharing {
    const { plan, layers, start } = this.options;
    if (this.replays) {
      const needs = this.needs;
      return needs && this.evictsAt(tokens) ? neededBudgets(plan, needs, tokens) : equalBudgets(plan, layers);
    }
    if (!this.automatic) return this.sharing;
    return this.evictsAt(tokens) ? (this.known?.sharing ?? start) : equalBudgets(plan, layers);
  }

  /** Whether the layers must be measured before so many tokens are read: what they need of the budget is not known. */
  measuresBefore(tokens: number): boolean {
    return this.replays && this.evictsAt(tokens) && this.needs === undefined;
  }

  /** What was measured of this model, which is remembered. */
  needing(needs: LayerNeeds): void {
    this.options.memory.needs.set(this.options.plan.fingerprint, needs);
  }

  /** Looks again what was decided. */
  learn(): void {
    const { native, plan, layers, memory } = this.options;
    this.known = this.automatic ? decided(native, plan, layers, memory) : undefined;
  }

  /** Before a state is saved or restored: ends what still watches the layers. To be called inside a unit. */
  settle(): void {
    this.watching?.finish();
    this.watching = undefined;
  }

  /** @param watching looks at the layers while the first text is read */
  watchedBy(watching: Pick<LayerMeasuring, 'finish'>): void {
    this.watching = watching;
  }

  /** The cache was given these already. */
  became(sharing: LayerSharing): void {
    this.sharing = sharing;
  }

  /**
   * Gives the cache other budgets. To be called inside a unit, when what it holds is of no use.
   * @throws BonsaiError `storage` when they are not for this model and budget, `out-of-memory` when the device has no room
   */
  use(sharing: LayerSharing): void {
    const { plan, layers, rebudget } = this.options;
    if (!sameNumbers(sharing.budgets, this.sharing.budgets)) {
      if (!plausible(sharing.budgets, layers, plan)) throw new BonsaiError('storage', 'Its layer budgets do not fit this model.');
      try {
        rebudget([...sharing.budgets]);
      } catch (error) {
        throw new BonsaiError('out-of-memory', `The layer budgets could not be changed: ${messageOf(error)}.`, { cause: error });
      }
    }
    this.sharing = sharing;
  }

  private evictsAt(tokens: number): boolean {
    return tokens > fitting * this.options.plan.mean;
  }

  private get replays(): boolean {
    return this.options.plan.allocator === 'replay' && this.options.layers > 1;
  }

  /** Of this model; what comes from a file may be nonsense. */
  private get needs(): LayerNeeds | undefined {
    const { memory, plan, layers } = this.options;
    const needs = memory.needs.get(plan.fingerprint);
    return needs && sensible(needs, layers) ? needs : undefined;
  }

  private get automatic(): boolean {
    return this.options.plan.allocator === 'auto' && this.options.layers > 1;
  }
}

function sensible({ ratios, shares }: LayerNeeds, layers: number): boolean {
  const ascending = ratios.every((ratio, i) => i === 0 || ratio > (ratios[i - 1] ?? Infinity));
  return ascending && shares.length === ratios.length && shares.every((share) => share.length === layers && share.some((part) => part > 0));
}

export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
