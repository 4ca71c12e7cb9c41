/** The families people run for code, as tiny random models: below the budget as stock, beyond it bounded and finite. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cache, difference, scenario, score } from './scenario';
import { families } from './tinyFamilies.mjs';
import { writeTinyModel } from './tinyModel.mjs';

const demo = resolve(import.meta.dirname, '../../media/bonsai-demo-q8_0.gguf');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonsai-families-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(Object.keys(families))('%s', (family) => {
  it('computes what llama.cpp computes, and stays bounded and sane beyond the budget', async () => {
    const model = await writeTinyModel(family, folder, demo);
    const stock = await score({ model, tokens: 700, contextSize: 1024 }, 'stock');
    const spread = Math.max(...stock.logProbabilities) - Math.min(...stock.logProbabilities);
    expect(spread).toBeGreaterThan(1); // a model whose weights do nothing would agree with anything

    const fits = await score({ model, tokens: 700, cache: cache({ budgets: [864] }) });
    expect(difference(fits.logProbabilities, stock.logProbabilities)).toBeLessThan(1e-6);

    const bounded = await score({ model, tokens: 2600, cache: cache() });
    expect(bounded.logProbabilities.every(Number.isFinite)).toBe(true);
    expect(bounded.stats).toMatchObject({ tokens: 2600, ranked: true });
    for (const layer of bounded.stats!.layers) expect(layer.kept).toBeLessThanOrEqual(512);
    // the first chunks were read with everything in sight
    expect(difference(bounded.logProbabilities.slice(0, 511), stock.logProbabilities.slice(0, 511))).toBeLessThan(1e-6);
  });

  it('moves and re-rotates keys without changing what they mean', async () => {
    const model = await writeTinyModel(family, folder, demo);
    // A budget that forces one compaction which evicts nothing but the oldest: rank positions are then original ones
    // minus a constant, and RoPE only sees differences, so both must agree.
    const options = { model, tokens: 900, chunk: 128 };
    const original = await score({ ...options, cache: cache({ policy: 'streaming', sinks: 0, budgets: [640], positions: 'original' }) });
    const rank = await score({ ...options, cache: cache({ policy: 'streaming', sinks: 0, budgets: [640], positions: 'rank' }) });
    expect(original.stats!.evicted).toBeGreaterThan(0);
    expect(difference(original.logProbabilities, rank.logProbabilities)).toBeLessThan(0.05);
    expect(original.stats!.ranked).toBe(false);
    expect(rank.stats!.ranked).toBe(true);
  });
});

it('a family that scales rotated keys keeps their original positions', async () => {
  const model = await writeTinyModel('maincoder', folder, demo);
  const stock = await score({ model, tokens: 500, contextSize: 1024 }, 'stock');
  const ours = await score({ model, tokens: 2600, cache: cache({ positions: 'rank' }) });
  expect(ours.stats).toMatchObject({ tokens: 2600, ranked: false });
  expect(difference(ours.logProbabilities.slice(0, 499), stock.logProbabilities)).toBeLessThan(1e-6);
  expect(ours.logProbabilities.every(Number.isFinite)).toBe(true);
});

it.each([
  ['mpt', 'ALiBi'],
  ['lfm2', 'LFM2'],
])('%s runs on llama.cpp’s own cache and says why', async (family, reason) => {
  const model = await writeTinyModel(family, folder, demo);
  const { handle, notice } = await scenario<{ handle: number; notice: string }>('decline', { model, cache: cache() });
  expect(handle).toBe(0);
  expect(notice).toContain(reason);
  const stock = await score({ model, tokens: 600, contextSize: 1024 }, 'stock');
  const ours = await score({ model, tokens: 600, contextSize: 1024, cache: cache() });
  expect(ours.stats).toBeNull();
  expect(difference(ours.logProbabilities, stock.logProbabilities)).toBeLessThan(1e-6);
});
