/** Layers with a sliding window beside layers with full attention: each keeps what it is entitled to, and neither misses it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cache, difference, scenario, score, type Stats } from './scenario';
import { writeTinyModel } from './tinyModel.mjs';

const demo = resolve(import.meta.dirname, '../../media/bonsai-demo-q8_0.gguf');
let folder: string;
/** Window, full, window, full; a window sees 128 tokens. */
let model: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonsai-windows-'));
  model = await writeTinyModel('gemma2', folder, demo);
});
afterAll(() => rm(folder, { recursive: true }));

describe('budgets', () => {
  it('go to the layers with full attention, one by one; windows take what the window takes', async () => {
    const { stats } = await score({ model, tokens: 2000, cache: cache({ budgets: [384, 1024] }) });
    const budgets = stats!.layers.map((layer) => layer.budget);
    expect([budgets[1], budgets[3]]).toEqual([384, 1024]);
    expect(budgets[0]).toBe(budgets[2]);
    expect(budgets[0]).toBeGreaterThanOrEqual(128 + 128); // the window and staging
    for (const layer of stats!.layers) expect(layer.kept).toBeLessThanOrEqual(layer.budget);
    expect(stats!.layers[0]!.kept).toBeGreaterThanOrEqual(128);
    // what leaves a window is not missed, so only the two others evict, each in two heads
    expect(stats!.evicted).toBe(2 * (2000 - stats!.layers[1]!.kept) + 2 * (2000 - stats!.layers[3]!.kept));
  });

  it('in another number than there are layers with full attention are refused', async () => {
    await expect(score({ model, tokens: 10, cache: cache({ budgets: [384, 512, 640, 768] }) })).rejects.toThrow();
  });

  it('are what stats and measures count by', async () => {
    for (const [family, full] of [
      ['gemma2', [1, 3]],
      ['gemma3', [2]],
      ['gemma3-windows', []],
    ] as const) {
      const model = await writeTinyModel(family, folder, demo);
      const [series] = await scenario<{ layers: { layer: number; cosine: number | null; attention: number[] }[] }[]>('measures', {
        model,
        tokens: 200,
        chunks: [50],
        cache: cache(),
      });
      expect(series!.layers.map(({ layer }) => layer)).toEqual(full);
      for (const { cosine, attention } of series!.layers) expect([Math.abs(cosine!) <= 1, attention.length]).toEqual([true, 200]);
      const { stats } = await score({ model, tokens: 10, cache: cache() });
      expect(stats!.layers.filter(({ window }) => !window).map(({ layer }) => layer)).toEqual(full);
    }
  });

  it('hold under every policy; `full` never counts the windows', async () => {
    const stock = await score({ model, tokens: 1500, contextSize: 2048 }, 'stock');
    for (const policy of ['full', 'streaming', 'tree'])
      for (const positions of ['original', 'rank']) {
        const ours = await score({ model, tokens: 1500, cache: cache({ policy, positions, budgets: [1536] }) });
        expect(difference(ours.logProbabilities, stock.logProbabilities), `${policy}, ${positions}`).toBeLessThan(1e-6);
        expect(ours.stats).toMatchObject({ tokens: 1500, evicted: 0 });
      }
  });
});

it('the bytes stay the same over 8,192 tokens', async () => {
  const series = await scenario<(Stats & { nll: number })[]>('stream', { model, tokens: 8192, samples: 4, cache: cache() });
  for (const s of series) expect(s.kvBytes).toBe(series[0]!.kvBytes);
  expect(series.every((s) => Number.isFinite(s.nll))).toBe(true);
  expect(series.at(-1)).toMatchObject({ tokens: 8192, ranked: true });
});

it.each(['original', 'rank'])('a model of windows alone is read like llama.cpp reads it, however long (%s)', async (positions) => {
  const windows = await writeTinyModel('gemma3-windows', folder, demo);
  const stock = await score({ model: windows, tokens: 3000, contextSize: 4096 }, 'stock');
  const ours = await score({ model: windows, tokens: 3000, cache: cache({ positions }) });
  expect(ours.stats!.layers.map((layer) => layer.budget)).toEqual([512, 512, 512]);
  expect(ours.stats!.evicted).toBe(0);
  // after the first compaction the rows are summed up in another order, and in rank mode keys are rotated again
  expect(difference(ours.logProbabilities, stock.logProbabilities)).toBeLessThan(0.02);
});

describe('a tail', () => {
  it.each([
    ['that the windows still cover is taken back exactly', 0, 1e-6],
    ['beyond is not, and exactTailStart says so', -100, undefined],
  ])('%s', async (_, beyond, limit) => {
    const r = await scenario<{ exact: number; difference: number }>('rewind', {
      model,
      tokens: 1500,
      beyond,
      cache: cache({ budgets: [2048] }),
    });
    expect(r.exact).toBeGreaterThan(1000); // nothing is evicted, but the windows have moved on
    expect(r.exact).toBeLessThan(1373); // the last window
    if (limit === undefined) expect(r.difference).toBeGreaterThan(1e-3);
    else expect(r.difference).toBeLessThan(limit);
  });

  it('is taken back exactly after compactions too', async () => {
    const cached = cache({ staging: 256, budgets: [640] });
    const r = await scenario<{ tokens: number; difference: number }>('trim', { model, cache: cached });
    expect(r.tokens).toBe(1400);
    expect(r.difference).toBeLessThan(1e-6);
  });
});

describe('sequences', () => {
  it.each([512, 1536])('a fork continues as its origin would, budget %i', async (budget) => {
    const r = await scenario<{ difference: number }>('fork', { model, cache: cache({ budgets: [budget] }) });
    expect(r.difference).toBeLessThan(1e-6);
  });

  it.each([512, 1536])('a saved and restored sequence continues the same, budget %i', async (budget) => {
    const options = { model, cache: cache({ budgets: [budget] }), other: cache({ budgets: [640] }) };
    const r = await scenario<{ difference: number; refused: string }>('state', options);
    expect(r.difference).toBeLessThan(1e-6);
    expect(r.refused).toBe('refused');
  });
});
