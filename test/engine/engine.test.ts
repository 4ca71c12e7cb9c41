/** The bounded cache in a real model against stock llama.cpp on the same tokens, and against itself. */
import { describe, expect, it } from 'vitest';
import { cache, difference, scenario, score, type Stats } from './scenario';

const loss = (values: number[]) => -values.reduce((a, b) => a + b, 0) / values.length;

describe('below the budget', () => {
  it('every policy and position mode gives the log-probabilities of stock llama.cpp', async () => {
    const stock = await score({ tokens: 1000, contextSize: 2048 }, 'stock');
    expect(stock.stats).toBeNull();
    expect(stock.logProbabilities).toHaveLength(999);
    for (const policy of ['full', 'streaming', 'tree'])
      for (const positions of ['original', 'rank']) {
        const ours = await score({ tokens: 1000, cache: cache({ policy, positions, budgets: [1152] }) });
        expect(difference(ours.logProbabilities, stock.logProbabilities), `${policy}, ${positions}`).toBeLessThan(1e-6);
        expect(ours.stats).toMatchObject({ tokens: 1000, evicted: 0 });
      }
  });

  it('also when the layers have budgets of their own', async () => {
    const stock = await score({ tokens: 600, contextSize: 2048 }, 'stock');
    const ours = await score({ tokens: 600, cache: cache({ budgets: [640, 704, 640, 1024, 640, 640, 2048, 640] }) });
    expect(difference(ours.logProbabilities, stock.logProbabilities)).toBeLessThan(1e-6);
    expect(ours.stats?.layers.map((l) => l.kept)).toEqual(Array(8).fill(600));
  });
});

describe('beyond the budget', () => {
  it.each(['streaming', 'tree'])('%s holds its budget, its bytes and a finite loss over 8,192 tokens', async (policy) => {
    const series = await scenario<(Stats & { nll: number })[]>('stream', { tokens: 8192, samples: 4, cache: cache({ policy }) });
    for (const s of series) {
      expect(s.kvBytes).toBe(512 * s.kvBytesPerToken);
      for (const l of s.layers) expect(l.kept).toBeLessThanOrEqual(l.budget);
      expect(s.nll).toBeGreaterThan(0);
      expect(s.nll).toBeLessThan(4); // a model that has lost its way is near ln 4096 = 8.3
    }
    expect(series.at(-1)).toMatchObject({ tokens: 8192, ranked: true });
    // 8 layers of 2 heads drop what does not fit
    const last = series.at(-1)!;
    expect(last.evicted).toBe(16 * 8192 - last.layers.reduce((n, l) => n + l.kept * l.kvHeads, 0));
  });

  it('evicts in every layer to that layer’s own budget', async () => {
    const budgets = [192, 192, 256, 256, 512, 512, 768, 1024];
    const { stats } = await score({ tokens: 2000, cache: cache({ budgets }) });
    expect(stats?.layers.map((l) => l.budget)).toEqual(budgets);
    for (const l of stats!.layers) {
      expect(l.kept).toBeGreaterThanOrEqual(Math.min(2000, l.budget - 128));
      expect(l.kept).toBeLessThanOrEqual(l.budget);
    }
  });

  it('rank positions keep the model sane past its trained window, original ones inside it stay exact', async () => {
    const inside = await score({ tokens: 1800, cache: cache() });
    expect(inside.stats?.ranked).toBe(false);
    const rank = await scenario<{ nll: number }[]>('stream', { tokens: 6144, samples: 3, cache: cache({ positions: 'rank' }) });
    const auto = await scenario<{ nll: number; ranked: boolean }[]>('stream', { tokens: 6144, samples: 3, cache: cache() });
    expect(auto.map((s) => s.ranked)).toEqual([false, true, true]); // the window is 2048
    expect(Math.abs(auto[2]!.nll - rank[2]!.nll)).toBeLessThan(0.05);
  });

  it('what is held adds up, is the same token by token as in chunks, and keeps sinks and the newest', async () => {
    const whole = { tokens: 1700, cache: cache() };
    const chunked = await scenario<{ held: number[]; stats: Stats }>('held', { ...whole, chunks: [{ tokens: 1700, size: 128 }] });
    const single = await scenario<{ held: number[] }>('held', {
      ...whole,
      chunks: [
        { tokens: 1600, size: 128 },
        { tokens: 100, size: 1 },
      ],
    });
    for (const layer of chunked.stats.layers) {
      const row = chunked.held.slice(layer.layer * 1700, (layer.layer + 1) * 1700);
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(layer.kept, 2);
      expect(row.slice(0, 4)).toEqual([1, 1, 1, 1]);
      expect(row.slice(-100)).toEqual(Array(100).fill(1));
    }
    // compactions fall at other places, so only what both have compacted can be compared: the far past
    expect(single.held.filter((_, i) => i % 1700 < 1000)).toEqual(chunked.held.filter((_, i) => i % 1700 < 1000));
  });

  it('loses little: TreeKV at a quarter of the cache stays within 0.2 nats of everything', async () => {
    const full = await score({ tokens: 1900, cache: cache({ policy: 'full', budgets: [2048] }) });
    const tree = await score({ tokens: 1900, cache: cache() });
    expect(loss(tree.logProbabilities)).toBeLessThan(loss(full.logProbabilities) + 0.2);
    expect(difference(tree.logProbabilities, full.logProbabilities)).toBeGreaterThan(1e-3); // something was really evicted
  });
});

describe('sequences', () => {
  it('a fork continues as its origin would', async () => {
    const r = await scenario<{ difference: number; noise: number; own: number; stats: Stats[] }>('fork', { cache: cache() });
    expect(r.difference).toBeLessThan(1e-6);
    expect(r.noise).toBeLessThan(r.own - 0.5); // reversed source was really read into the third sequence
    expect(r.stats.map((s) => s.tokens)).toEqual([1500, 1500, 1500]);
  });

  it('a saved and restored sequence continues with the same log-probabilities, and another budget refuses it', async () => {
    const r = await scenario<{ difference: number; refused: string; still: number }>('state', {
      cache: cache(),
      other: cache({ budgets: [640] }),
    });
    expect(r.difference).toBeLessThan(1e-6);
    expect(r.refused).toBe('refused');
    expect(Number.isFinite(r.still)).toBe(true);
  });

  it('a tail since the last compaction is removed exactly', async () => {
    const r = await scenario<{ exact: number; moved: number; tokens: number; difference: number }>('trim', {
      cache: cache({ staging: 256, budgets: [640] }),
    });
    expect(r.exact).toBeLessThanOrEqual(1400);
    expect(r.moved).toBeLessThanOrEqual(1400);
    expect(r.tokens).toBe(1400);
    expect(r.difference).toBeLessThan(1e-6);
  });

  it('hints are not copied to a fork, and go with the tail that they were given for', async () => {
    const r = await scenario<{ hinted: number; forked: number; takenBack: number }>('hints', { cache: cache({ score: 'attention' }) });
    expect(r.hinted).toBeGreaterThan(1e-3);
    expect(r).toMatchObject({ forked: 0, takenBack: 0 });
  });

  it.each(['h2o', 'tova', 'snapkv'])('%s still counts what residents received when a short tail is taken back', async (policy) => {
    const r = await scenario<{ common: number }>('trimmedAttention', {
      cache: cache({ policy, score: 'attention', budgets: [384], recentShare: 0.25 }),
    });
    expect(r.common).toBeGreaterThan(0.97);
  });

  it('positions moved below 0 are removed', async () => {
    const r = await scenario<{ tokens: number; kept: number[]; difference: number }>('shiftBelowZero', { cache: cache() });
    expect(r).toMatchObject({ tokens: 700, difference: 0 });
    for (const kept of r.kept) expect(kept).toBeLessThan(420);
  });

  it('an aborted decode leaves no trace', async () => {
    const r = await scenario<{ aborted: string; tokens: number; difference: number }>('abort', { cache: cache() });
    expect(r.aborted).toBe('aborted');
    expect(r.tokens).toBe(1200);
    expect(r.difference).toBeLessThan(0.02); // compactions fall at other places
  });

  it('a cache that never evicts refuses what does not fit and goes on', async () => {
    const r = await scenario<{ refused: string; at: number; mean: number; stats: Stats }>('overflow', { cache: cache({ policy: 'full' }) });
    expect(r.refused).toBe('refused');
    expect(r.at).toBeLessThanOrEqual(512);
    expect(r.stats).toMatchObject({ tokens: 484, evicted: 0 });
    expect(Number.isFinite(r.mean)).toBe(true);
  });
});

it('what cannot be bounded says why and runs on llama.cpp’s own cache', async () => {
  const r = await scenario<{ handle: number; notice: string; mean: number }>('decline', { cache: cache(), keyType: 'IQ4_NL' });
  expect(r.handle).toBe(0);
  expect(r.notice).toContain('iq4_nl');
  expect(r.mean).toBeGreaterThan(-4);
});

it('nonsense is refused with a sentence that names it', async () => {
  const r = await scenario<{ messages: string[]; calls: string[]; wrongCount: string }>('nonsense', {});
  expect(r.messages).toHaveLength(11);
  for (const m of r.messages) expect(m).toMatch(/^(Range|Type)Error: .{12,}/);
  for (const c of r.calls) expect(c).toMatch(/^RangeError: .{12,}/);
  expect(r.wrongCount).toBe('refused');
});
