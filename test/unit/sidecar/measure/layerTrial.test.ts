/** Trials of layer budgets, on losses that are known. */
import { describe, expect, it } from 'vitest';
import {
  blockMeans,
  gainOver,
  layerTrial,
  trialReadings,
  winner,
  type TrialEngine,
  type TrialOptions,
  type TrialResult,
  type TrialText,
} from '../../../../src/sidecar/measure/layerTrial';

const layers = 8;
const options: TrialOptions = {
  ...{ layers, mean: 320, staging: 64, floor: 32, step: 32, squeezeP: [0.35, 0.8], evaluations: 24, groups: 8, tokens: 4096 },
};
const blocks = 32;

/** Each layer loses its weight over what it keeps; blocks differ by noise that is the same for all budgets, and a little of their own. */
function synthetic(weights: readonly number[], changed: Partial<TrialEngine> = {}) {
  const asked: { budgets: readonly number[]; text: TrialText }[] = [];
  const loss = (budgets: readonly number[]) => budgets.reduce((sum, budget, layer) => sum + (weights[layer] ?? 0) / (budget - 64), 0);
  const engine: TrialEngine = {
    read: (budgets, text) => {
      asked.push({ budgets, text });
      const own = budgets.reduce((sum, budget, layer) => sum + budget * (layer + 1), 0) % 7;
      return Promise.resolve(Array.from({ length: blocks }, (_, i) => 1 + (i % 5) + loss(budgets) + 1e-3 * Math.sin(i * own)));
    },
    cosines: () => [0.1, 0.2, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9],
    replay: () => undefined,
    squeeze: (_, p) => Array.from({ length: layers }, (_, i) => 64 + (i < 2 ? 256 + 3 * (256 - Math.round(256 * p)) : Math.round(256 * p))),
    ...changed,
  };
  return { engine, asked, loss };
}

const names = (results: readonly TrialResult[]) => results.map(({ allocator, p }) => (p === undefined ? allocator : `${allocator} ${p}`));
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

describe('a trial', () => {
  it('takes squeeze where the layers of the low cosines are those that matter', async () => {
    // Once the search may not read, squeeze alone can win.
    const { engine } = synthetic([400, 400, 1, 1, 1, 1, 1, 1]);
    const trial = await layerTrial(engine, { ...options, evaluations: 1 });
    expect(names(trial.results)).toEqual(['uniform', 'squeeze 0.35', 'squeeze 0.8', 'measured']);
    expect(trial.results[trial.best]).toMatchObject({ allocator: 'squeeze', p: 0.35 });
    expect(trial.results[1]?.gain).toBeGreaterThan(trial.results[2]?.gain ?? NaN);
  });

  it('takes what the layers need where that loses least, and does not miss it where it was not measured', async () => {
    const budgets = [1000, ...Array.from({ length: 7 }, () => (8 * 320 - 1000) / 7)];
    const { engine } = synthetic([400, 1, 1, 1, 1, 1, 1, 1], { replay: () => ({ allocator: 'replay', ratio: 16, budgets }) });
    const trial = await layerTrial(engine, { ...options, evaluations: 1, squeezeP: [] });
    expect(names(trial.results)).toEqual(['uniform', 'replay', 'measured']);
    expect(trial.results[trial.best]).toMatchObject({ allocator: 'replay', ratio: 16, budgets });
  });

  it('takes measured where the cosines point at the wrong layers, and says by how much squeeze loses', async () => {
    const { engine } = synthetic([1, 1, 1, 1, 1, 1, 1, 400]);
    const trial = await layerTrial(engine, options);
    const won = trial.results[trial.best];
    expect(won?.allocator).toBe('measured');
    expect(won?.budgets.indexOf(Math.max(...won.budgets))).toBe(7);
    expect(won?.lost).toHaveLength(layers);
    expect(trial.results.filter(({ allocator, gain }) => allocator === 'squeeze' && gain < 0)).toHaveLength(2);
  });

  it('keeps equal budgets where nothing is better', async () => {
    const { engine } = synthetic([1, 1, 1, 1, 1, 1, 1, 1]);
    expect((await layerTrial(engine, options)).best).toBe(0);
  });

  it('reads every way with the same total, no layer below its floor, and no oftener than it says', async () => {
    const { engine, asked } = synthetic([3, 1, 4, 1, 5, 9, 2, 6]);
    await layerTrial(engine, options);
    for (const { budgets } of asked) {
      expect(sum(budgets)).toBe(layers * 320);
      expect(Math.min(...budgets)).toBeGreaterThanOrEqual(64 + 32);
    }
    expect(asked.length).toBeLessThanOrEqual(trialReadings(options));
    expect(asked.filter(({ text }) => text === 'decide')).toHaveLength(4);
  });

  it('comes out the same every time', async () => {
    const weights = [3, 1, 4, 1, 5, 9, 2, 6];
    expect(await layerTrial(synthetic(weights).engine, options)).toEqual(await layerTrial(synthetic(weights).engine, options));
  });

  it('does without squeeze where the layers could not be seen', async () => {
    const { engine } = synthetic([1, 1, 1, 1, 1, 1, 1, 400], { cosines: () => undefined });
    expect(names((await layerTrial(engine, options)).results)).toEqual(['uniform', 'measured']);
  });

  it('does not read budgets again that are equal', async () => {
    const { engine, asked } = synthetic([1, 1, 1, 1, 1, 1, 1, 1], { squeeze: () => Array.from({ length: layers }, () => 320) });
    const { results } = await layerTrial(engine, { ...options, evaluations: 1 });
    expect(results.map(({ gain, error }) => [gain, error])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(asked.map(({ text }) => text)).toEqual(['decide', 'search']);
  });

  it('leaves out what has no loss, and fails where nothing has one', async () => {
    const { engine } = synthetic([1, 1, 1, 1, 1, 1, 1, 1]);
    const broken: TrialEngine = {
      ...engine,
      read: (b, text) => (new Set(b).size > 1 ? Promise.resolve([NaN, NaN]) : engine.read(b, text)),
    };
    expect(names((await layerTrial(broken, options)).results)).not.toContain('squeeze 0.35');
    await expect(layerTrial({ ...engine, read: () => Promise.resolve([NaN]) }, options)).rejects.toThrow('no probabilities');
  });
});

describe('the winner', () => {
  const of = (...gains: [gain: number, error: number][]): TrialResult[] =>
    gains.map(([gain, error]) => ({ allocator: 'squeeze', budgets: [1], loss: 1, gain, error }));

  it.each([
    ['the largest gain', of([0, 0], [0.1, 0.01], [0.2, 0.01]), 2],
    ['no gain that is chance', of([0, 0], [0.1, 0.01], [0.5, 0.3]), 1],
    ['equal budgets when all lose', of([0, 0], [-0.1, 0.01]), 0],
    ['equal budgets when nothing is certain', of([0, 0], [0.1, 0.06]), 0],
    ['equal budgets when the gain is nothing', of([0, 0], [0, 0]), 0],
  ])('has %s', (_, results, place) => expect(winner(results)).toBe(place));
});

it('the error is of the differences, not of the losses', () => {
  const base = [1, 5, 2, 9];
  expect(
    gainOver(
      base,
      base.map((value) => value - 0.5),
    ),
  ).toEqual({ gain: 0.5, error: 0 });
  // Differences 1 and 0: mean 0.5, standard deviation 1 / sqrt(2), over sqrt(2).
  expect(gainOver([2, 1], [1, 1])).toEqual({ gain: 0.5, error: expect.closeTo(0.5, 12) as number });
  expect(gainOver([3], [1])).toEqual({ gain: 0, error: 0 });
});

it('blocks are whole', () => {
  expect(blockMeans(Float64Array.of(1, 3, 5, 7, 100), 2)).toEqual([2, 6]);
  expect(blockMeans(new Float64Array(1), 2)).toEqual([]);
});
