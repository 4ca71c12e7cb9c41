/**
 * The bounded cache on a graphics card: Vulkan's shaders, computed by Mesa's lavapipe where there is no card (`npm test`
 * unpacks it). Another order of sums gives other roundings, and a token that is kept for one may leave for the other, so
 * what is compared beyond the budget is the mean loss.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cache, difference, scenario, score } from './scenario';
import { writeTinyModel } from './tinyModel.mjs';

const vulkan = JSON.parse(process.env['BONSAI_TEST_VULKAN'] ?? 'null') as NodeJS.ProcessEnv | null;
const card = { ...vulkan, BONSAI_TEST_BACKEND: 'vulkan' };
const demo = resolve(import.meta.dirname, '../../media/bonsai-demo-q8_0.gguf');
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

let folder: string;
let model: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonsai-vulkan-'));
  model = await writeTinyModel('qwen3', folder, demo);
});
afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(!vulkan)('on a graphics card', { timeout: 180_000 }, () => {
  it('the cache is bounded, and below the budget says what llama.cpp says there', async () => {
    const stock = await score({ model, tokens: 200, contextSize: 512, chunk: 64 }, 'stock', card);
    const fits = await score({ model, tokens: 200, chunk: 64, cache: cache() }, 'bonsai', card);
    expect(fits.stats).toMatchObject({ tokens: 200, evicted: 0 });
    expect(difference(fits.logProbabilities, stock.logProbabilities)).toBeLessThan(1e-4);
  });

  it.each([
    ['the default', { policy: 'hybrid', score: 'keydiff' }],
    ['attention', { policy: 'tree', score: 'attention' }],
    ['merging', { policy: 'tree', merge: true }],
    ['ranks', { policy: 'tree', positions: 'rank' }],
  ])('beyond it, %s forgets as on the processor', async (_, changes) => {
    const options = { model, tokens: 260, chunk: 64, cache: cache({ budgets: [128], staging: 64, ...changes }) };
    const there = await score(options, 'bonsai', card);
    const here = await score(options);
    expect(there.stats!.evicted).toBe(here.stats!.evicted);
    expect(there.stats!.layers).toEqual(here.stats!.layers);
    expect(there.logProbabilities.every(Number.isFinite)).toBe(true);
    expect(difference(there.logProbabilities.slice(0, 127), here.logProbabilities.slice(0, 127))).toBeLessThan(0.05);
    expect(Math.abs(mean(there.logProbabilities) - mean(here.logProbabilities))).toBeLessThan(0.05);
  });

  it('a saved and restored sequence continues with the same log-probabilities', async () => {
    const small = { budgets: [256] };
    const options = { model, at: 300, chunk: 64, cache: cache(small), other: cache({ budgets: [384] }) };
    const r = await scenario<{ difference: number; refused: string }>('state', options, 'bonsai', card);
    expect(r.difference).toBeLessThan(1e-4);
    expect(r.refused).toBe('refused');
  });
});
