/** The bounded cache on real models against stock llama.cpp on the same tokens, and against itself; one thread. */
import { expect, it } from 'vitest';
import { cache, difference, scenario, score, type Stats } from '../engine/scenario';
import { describeModel, limit } from './models';

interface Sample extends Stats {
  nll: number;
}

describeModel('qwen', 'the engine', ({ path: model }) => {
  // Every logit depends on all tokens before it, so a part of them shows a difference anywhere.
  const same = { model, tokens: 2000, every: 8 };

  it('gives to the bit the log-probabilities of stock llama.cpp below the budget', limit, async () => {
    const stock = await score({ ...same, contextSize: 2304 }, 'stock');
    expect([stock.stats, stock.logProbabilities.length]).toEqual([null, 250]);
    expect(Math.max(...stock.logProbabilities) - Math.min(...stock.logProbabilities)).toBeGreaterThan(5);
    const ours = await score({ ...same, cache: cache({ budgets: [2304] }) });
    expect(difference(ours.logProbabilities, stock.logProbabilities)).toBe(0);
    expect(ours.stats).toMatchObject({ tokens: 2000, evicted: 0 });
  });

  it('holds its bytes and a sane loss at four times the budget', limit, async () => {
    const series = await scenario<Sample[]>('lengths', { model, at: [512, 1024, 2048], cache: cache() });
    for (const { kvBytes, kvBytesPerToken, layers } of series) {
      expect(kvBytes).toBe(512 * kvBytesPerToken);
      for (const { kept, budget } of layers) expect(kept).toBeLessThanOrEqual(budget);
    }
    const [first, , last] = series.map(({ nll }) => nll);
    expect(first).toBeLessThan(2);
    expect(last).toBeLessThan(first! + 1);
    expect(series.at(-1)).toMatchObject({ tokens: 2048 });
    expect(series.at(-1)!.evicted).toBeGreaterThan(0);
  });

  it('forks into sequences that are independent and equal', limit, async () => {
    const r = await scenario<{ difference: number; noise: number; own: number; stats: Stats[] }>('fork', {
      model,
      at: 640,
      cache: cache(),
    });
    expect(r.difference).toBeLessThan(1e-6);
    expect(r.noise).toBeLessThan(r.own - 1); // reversed source was really read into the third sequence
    expect(r.stats.map((s) => s.tokens)).toEqual([800, 800, 800]);
    expect(r.stats[0]!.evicted).toBeGreaterThan(0);
  });

  it('saves a state that goes on with the same log-probabilities, and refuses it to another budget', limit, async () => {
    const other = cache({ budgets: [640] });
    const r = await scenario<{ difference: number; refused: string; still: number }>('state', { model, at: 640, cache: cache(), other });
    expect([r.difference, r.refused]).toEqual([0, 'refused']);
    expect(r.still).toBeGreaterThan(-5);
  });
});

describeModel('smollm2', 'the engine', ({ path: model }) => {
  it('gives to the bit the log-probabilities of stock llama.cpp below the budget', limit, async () => {
    const stock = await score({ model, tokens: 2000, every: 8, contextSize: 2304 }, 'stock');
    for (const positions of ['original', 'rank']) {
      const ours = await score({ model, tokens: 2000, every: 8, cache: cache({ budgets: [2304], positions }) });
      expect([positions, difference(ours.logProbabilities, stock.logProbabilities)]).toEqual([positions, 0]);
    }
  });

  it('is bounded and sane over 50,000 tokens, far beyond its window of 8,192', limit, async () => {
    const at = [1000, 4000, 8000, 12_000, 25_000, 50_000];
    const series = await scenario<Sample[]>('lengths', { model, at, scored: 256, cache: cache({ budgets: [1024] }) });
    expect(series.map(({ tokens }) => tokens)).toEqual(at);
    expect(series.map(({ ranked }) => ranked)).toEqual([false, false, false, true, true, true]);
    for (const { kvBytes, kvBytesPerToken, layers } of series) {
      expect(kvBytes).toBe(1024 * kvBytesPerToken);
      for (const { kept, budget } of layers) expect(kept).toBeLessThanOrEqual(budget);
    }
    // A model that has lost its way is near ln 49,152 = 10.8; the text changes from place to place.
    const worstInside = Math.max(...series.slice(0, 3).map(({ nll }) => nll));
    for (const { nll } of series) expect(nll).toBeLessThan(3);
    for (const { nll } of series.slice(3)) expect(nll).toBeLessThan(worstInside + 1);
  });
});

describeModel('gemma3', 'the engine', ({ path: model }) => {
  it('gives to the bit the log-probabilities of stock llama.cpp below the budget', limit, async () => {
    const stock = await score({ model, tokens: 1500, every: 16, contextSize: 2304 }, 'stock');
    const ours = await score({ model, tokens: 1500, every: 16, cache: cache({ budgets: [2304] }) });
    expect(difference(ours.logProbabilities, stock.logProbabilities)).toBe(0);
  });

  it('is bounded beyond the budget, the windows holding what they see', limit, async () => {
    const series = await scenario<Sample[]>('lengths', { model, at: [1000, 4000], scored: 64, cache: cache({ budgets: [1024] }) });
    expect(series[1]!.kvBytes).toBe(series[0]!.kvBytes);
    const { layers } = series[1]!;
    expect(layers.filter(({ window }) => !window)).toHaveLength(3);
    for (const { window, kept, budget } of layers) {
      expect(kept).toBeLessThanOrEqual(window ? budget : 1024);
      expect(kept).toBeGreaterThanOrEqual(512);
    }
    // Other text stands there, so the loss may be another one; garbage would cost more than 10 nats a token.
    expect(series[1]!.nll).toBeLessThan(5);
  });
});
