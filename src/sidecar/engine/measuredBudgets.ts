/**
 * Budgets from the loss itself: how much does a text lose when a layer keeps less, and what is gained by giving its
 * entries to another one. Three steps, each keeping the total to the entry: (1) halve one group of layers after the
 * other, which gives the sensitivities; (2) try budgets in proportion to powers of them; (3) move entries between the
 * groups as long as the loss falls. Ours; why the published signals are not enough: shared/algorithms.md, section 6.
 */
export type Loss = (budgets: number[]) => Promise<number>;

export interface SearchOptions {
  layers: number;
  /** Entries a layer keeps on average. */
  mean: number;
  /** Least entries of a layer. */
  floor: number;
  /** Entries are moved in multiples of this. */
  step: number;
  /** Most texts read, the first (uniform) included. */
  evaluations: number;
  /** Deep models are searched in so many groups of neighbouring layers, or the sensitivities alone would take all evaluations. */
  groups?: number;
  onEvaluation?: (done: number, loss: number) => void;
}

export interface BudgetSearch {
  budgets: number[];
  /** Mean nats per token with these budgets, and with equal ones. */
  loss: number;
  uniformLoss: number;
  /** Per layer, nats lost when its group keeps half; missing where the evaluations did not reach. */
  sensitivities: (number | undefined)[];
  evaluations: number;
}

const mostGroups = 16;
/** Nats; less is chance on a text of a few thousand tokens. */
const leastGain = 1e-4;
const exponents = [0.25, 0.5, 1];

/** @param loss mean nats per token of one text, the same at every call */
export async function searchBudgets(loss: Loss, options: SearchOptions): Promise<BudgetSearch> {
  const { layers, mean, floor, step, evaluations, onEvaluation } = options;
  const groups = groupLayers(layers, options.groups ?? mostGroups);
  let done = 0;
  const evaluate = async (budgets: number[]): Promise<number> => {
    const value = await loss(budgets);
    done++;
    onEvaluation?.(done, value);
    return value;
  };
  const left = () => done < evaluations;

  let best = { budgets: Array.from({ length: layers }, () => mean), loss: NaN };
  const uniformLoss = await evaluate(best.budgets);
  best.loss = uniformLoss;
  const attempt = async (budgets: number[] | undefined): Promise<number | undefined> => {
    if (!budgets || !left()) return undefined;
    const value = await evaluate(budgets);
    if (value < best.loss - leastGain) best = { budgets, loss: value };
    return value;
  };

  const everything = groups.flat();
  const felt: (number | undefined)[] = [];
  const uniform = best.budgets;
  for (const group of groups) {
    const halved = moveEntries(uniform, group, without(everything, group), group.length * (mean / 2), options);
    const value = await attempt(halved);
    felt.push(value === undefined ? undefined : value - uniformLoss);
  }
  const sensitivities = Array.from({ length: layers }, (_, layer) => felt[groups.findIndex((group) => group.includes(layer))]);
  const measured = felt.every((value) => value !== undefined);
  if (measured) {
    const weights = sensitivities.map((value) => Math.max(value ?? 0, leastGain));
    for (const exponent of exponents)
      await attempt(
        inProportion(
          weights.map((weight) => weight ** exponent),
          mean,
          floor,
          step,
        ),
      );
  }
  const order = groups.map((_, i) => i).toSorted((a, b) => (felt[a] ?? 0) - (felt[b] ?? 0));
  for (let share = 0.5; share > 0.1 && left(); share /= 2) {
    for (let improved = true; improved && left();) {
      improved = false;
      for (let i = 0; i < order.length - 1 - i && left(); i++) {
        const from = groups[order[i] ?? 0] ?? [];
        const to = groups[order.at(-1 - i) ?? 0] ?? [];
        const amount = share * from.reduce((sum, layer) => sum + (best.budgets[layer] ?? 0), 0);
        const before = best.loss;
        await attempt(moveEntries(best.budgets, from, to, amount, options));
        improved ||= best.loss < before;
      }
    }
  }
  return { budgets: best.budgets, loss: best.loss, uniformLoss, sensitivities, evaluations: done };
}

function groupLayers(layers: number, most: number): number[][] {
  const count = Math.min(layers, most);
  return Array.from({ length: count }, (_, group) => {
    const [start, end] = [Math.floor((group * layers) / count), Math.floor(((group + 1) * layers) / count)];
    return Array.from({ length: end - start }, (_, i) => start + i);
  });
}

function without(all: readonly number[], some: readonly number[]): number[] {
  return all.filter((layer) => !some.includes(layer));
}

/** Moves about `amount` entries, evenly over both sides; undefined when nothing can be moved. */
function moveEntries(
  budgets: readonly number[],
  from: readonly number[],
  to: readonly number[],
  amount: number,
  { floor, step }: Pick<SearchOptions, 'floor' | 'step'>,
): number[] | undefined {
  if (from.length === 0 || to.length === 0) return undefined;
  const moved = [...budgets];
  let taken = 0;
  const each = Math.floor(amount / from.length / step) * step;
  for (const layer of from) {
    const now = moved[layer] ?? 0;
    const part = Math.max(0, Math.min(each, Math.floor((now - floor) / step) * step));
    moved[layer] = now - part;
    taken += part;
  }
  if (taken === 0) return undefined;
  const portions = taken / step;
  to.forEach((layer, i) => {
    const portion = Math.floor(((i + 1) * portions) / to.length) - Math.floor((i * portions) / to.length);
    moved[layer] = (moved[layer] ?? 0) + portion * step;
  });
  return moved;
}

/** Floor for all, the rest in proportion to the weights; the largest remainders take what rounding left. */
export function inProportion(weights: readonly number[], mean: number, floor: number, step: number): number[] {
  const portions = Math.floor((weights.length * (mean - floor)) / step);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const exact = weights.map((weight) => (portions * weight) / total);
  const whole = exact.map(Math.floor);
  const rest = portions - whole.reduce((sum, count) => sum + count, 0);
  const byRemainder = exact.map((value, i) => ({ i, remainder: value - Math.floor(value) })).toSorted((a, b) => b.remainder - a.remainder);
  for (const { i } of byRemainder.slice(0, rest)) whole[i] = (whole[i] ?? 0) + 1;
  const budgets = whole.map((count) => floor + count * step);
  // A mean that is no multiple of the step leaves a few entries over.
  budgets[0] = (budgets[0] ?? 0) + weights.length * mean - budgets.reduce((sum, budget) => sum + budget, 0);
  return budgets;
}
