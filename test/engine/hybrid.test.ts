/** Recurrent layers beside a bounded cache: both sides of a sequence fork, save, clear and survive a stop together. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cache, difference, scenario, score, type Stats } from './scenario';
import { writeTinyModel } from './tinyModel.mjs';

const demo = resolve(import.meta.dirname, '../../media/bonsai-demo-q8_0.gguf');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonsai-hybrid-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(['granitehybrid', 'qwen35'])('%s', (family) => {
  let model: string;
  beforeAll(async () => {
    model = await writeTinyModel(family, folder, demo);
  });

  it.each([1, 50])('computes what llama.cpp computes, %i tokens at a time', async (chunk) => {
    const stock = await score({ model, tokens: 300, contextSize: 512, chunk }, 'stock');
    const ours = await score({ model, tokens: 300, chunk, cache: cache({ budgets: [640] }) });
    expect(difference(ours.logProbabilities, stock.logProbabilities)).toBeLessThan(1e-6);
  });

  it('bounds the layers that have attention, and takes a budget for each', async () => {
    const { stats } = await score({ model, tokens: 1500, cache: cache({ budgets: [384, 640] }) });
    expect(stats!.layers.map((layer) => [layer.layer, layer.budget])).toEqual([
      [1, 384],
      [3, 640],
    ]);
    const series = await scenario<Stats[]>('stream', { model, tokens: 4096, samples: 2, cache: cache() });
    expect(series.map((s) => s.kvBytes)).toEqual(Array(2).fill(512 * series[0]!.kvBytesPerToken));
  });

  it('a fork continues as its origin would, and what is read elsewhere does not disturb it', async () => {
    const r = await scenario<{ difference: number; stats: Stats[] }>('fork', { model, cache: cache() });
    expect(r.difference).toBeLessThan(1e-6);
    expect(r.stats.map((s) => s.tokens)).toEqual([1500, 1500, 1500]);
  });

  it('a saved and restored sequence continues the same, and another budget refuses it', async () => {
    const options = { model, cache: cache(), other: cache({ budgets: [640] }) };
    const r = await scenario<{ difference: number; refused: string; still: number }>('state', options);
    expect(r.difference).toBeLessThan(1e-6);
    expect(r.refused).toBe('refused');
    expect(Number.isFinite(r.still)).toBe(true);
  });

  it('a tail cannot be taken back, and says so; everything can', async () => {
    const r = await scenario<{ exact: number; removed: boolean; tokens: number; cleared: boolean; difference: number }>('remove', {
      model,
      cache: cache(),
    });
    expect(r).toMatchObject({ exact: 600, removed: false, tokens: 600, cleared: true });
    expect(r.difference).toBe(0);
  });

  it('an aborted decode leaves no trace in the states', async () => {
    const options = { model, cache: cache({ budgets: [2048] }) };
    const r = await scenario<{ aborted: string; tokens: number; difference: number }>('abort', options);
    expect(r).toMatchObject({ aborted: 'aborted', tokens: 1200 });
    expect(r.difference).toBeLessThan(1e-6);
  });

  it('a single token is computed to its end', async () => {
    const r = await scenario<{ difference: number }>('stopSingle', { model, cache: cache() });
    expect(r.difference).toBeLessThan(1e-6);
  });
});
