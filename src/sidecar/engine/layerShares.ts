/**
 * How the layers of one cache share its budget at the moment, and what they would be given if a memory were built now. A
 * memory keeps the budgets that it was built with: to change them drops entries of some layers and brings none back to others.
 */
import type { LayerNeeds, LayerSharing } from '../../protocol';
import { messageOf } from '../../protocol/messageOf';
import { BonsaiError } from '../errors';
import { equalBudgets, neededBudgets, plausible, type AllocationPlan, type LayerMeasuring } from './allocation';
import type { BudgetMemory } from './budgetMemory';
import type { BonsaiNative } from './native';

/** Share of the mean budget up to which a text leaves room for a chat: no layer has to give anything up. */
const fitting = 0.75;

const squeezeGroups = 3;

/** Times as many tokens for each entry, or as few, at which layers need other budgets. */
const muchMore = 2;

export interface LayerSharesOptions {
  native: Pick<BonsaiNative, 'cluster'>;
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
  /** Of this model; read once, for the map asks for it again and again. */
  private needs: LayerNeeds | undefined;
  private watching: Pick<LayerMeasuring, 'finish'> | undefined;

  constructor(private readonly options: LayerSharesOptions) {
    this.sharing = options.start;
    const { memory, plan, layers } = options;
    const needs = memory.needs.get(plan.fingerprint);
    // What comes from a file may be nonsense.
    this.needs = needs && sensible(needs, layers) ? needs : undefined;
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

  /** What the layers get of a memory that is built from nothing. @param tokens it is going to hold */
  forReading(tokens: number): LayerSharing {
    const { plan, layers } = this.options;
    if (!this.replays) return this.sharing;
    return this.needs && this.evictsAt(tokens) ? neededBudgets(plan, this.needs, tokens) : equalBudgets(plan, layers);
  }

  /** What a memory of so many tokens would get if it were built now, where that is worth reading it again. */
  betterFor(tokens: number): LayerSharing | undefined {
    const { current } = this;
    const next = this.forReading(tokens);
    // A repository that has grown a little would get a little more here and there.
    const alike = next.ratio !== undefined && current.ratio !== undefined && within(next.ratio / current.ratio, muchMore);
    return alike || sameNumbers(next.budgets, current.budgets) ? undefined : next;
  }

  /** Whether the layers must be measured before so many tokens are read: what they need of the budget is not known. */
  measuresBefore(tokens: number): boolean {
    return this.replays && this.evictsAt(tokens) && this.needs === undefined;
  }

  /** What was measured of this model, which is remembered. */
  needing(needs: LayerNeeds): void {
    this.needs = needs;
    this.options.memory.needs.set(this.options.plan.fingerprint, needs);
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
    const { plan, layers } = this.options;
    return (plan.allocator === 'auto' || plan.allocator === 'replay') && layers > 1;
  }
}

function sensible({ ratios, shares }: LayerNeeds, layers: number): boolean {
  const ascending = ratios.every((ratio, i) => i === 0 || ratio > (ratios[i - 1] ?? Infinity));
  return ascending && shares.length === ratios.length && shares.every((share) => share.length === layers && share.some((part) => part > 0));
}

const within = (times: number, limit: number): boolean => times < limit && times > 1 / limit;

export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
