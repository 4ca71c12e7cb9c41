/**
 * How much keys and values take, as the model's header tells it: against what llama.cpp says of its own cache, and what
 * the bounded cache counts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readGgufFileInfo } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stockCache } from '../../src/sidecar/engine/kvCache';
import { modelShape } from '../../src/sidecar/engine/modelMetadata';
import { cache, scenario, score } from './scenario';
import { families, variants } from './tinyFamilies.mjs';
import { writeTinyModel } from './tinyModel.mjs';

const demo = resolve(import.meta.dirname, '../../media/bonsai-demo-q8_0.gguf');
const chunk = 128;
const capacity = 65_536;
const MiB = 2 ** 20;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonsai-bytes-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each([...Object.keys(families), ...Object.keys(variants)])('%s', (family) => {
  it('takes what its header says', async () => {
    const model = await writeTinyModel(family, folder, demo);
    const shape = modelShape(await readGgufFileInfo(model));
    const type = { keyType: 'f16', valueType: 'f16' } as const;
    const ours = stockCache(shape, { capacity, chunk, ...type }, () => 3000).stats(0);

    const own = await scenario<{ MiB: number; cells: number; layers: number }[]>(
      'ownCacheSize',
      { model, contextSize: capacity, batchSize: chunk },
      'stock',
    );
    expect(own.reduce((sum, { layers }) => sum + layers, 0)).toBe(shape.attention.length);
    // printed with two digits
    const sum = own.reduce((total, each) => total + each.MiB, 0);
    expect(Math.abs(ours.kvBytes / MiB - sum)).toBeLessThan(0.01 * own.length);
    for (const { budget } of ours.layers) expect(own.map(({ cells }) => cells)).toContain(budget);

    const { stats } = await score({ model, tokens: 10, chunk, cache: cache() });
    if (!stats) return; // a family that keeps llama.cpp's own cache
    expect(stats.layers.map(({ layer, window }) => [layer, window])).toEqual(
      shape.attention.map(({ layer, window }) => [layer, window !== undefined]),
    );
    expect(ours.budgets).toHaveLength(stats.layers.filter(({ window }) => !window).length);
    const windows = shape.attention.filter(({ window }) => window !== undefined);
    const windowBytes = windows.reduce((sum, { layer, keyElements, valueElements }) => {
      const { budget } = stats.layers.find((other) => other.layer === layer)!;
      return sum + 2 * (keyElements + valueElements) * budget;
    }, 0);
    expect(stats.windowBytes).toBe(windowBytes);
    const grown = stockCache(shape, { capacity, chunk, ...type }, () => 3001).stats(0);
    expect(grown.kvBytesFull - ours.kvBytesFull).toBe(stats.kvBytesPerToken);
  });
});

it('a window holds its newest tokens, a layer with full attention all', async () => {
  const shape = modelShape(await readGgufFileInfo(await writeTinyModel('gemma2', folder, demo)));
  const ours = stockCache(shape, { capacity, chunk, keyType: 'f16', valueType: 'q8_0' }, () => 1000);
  expect(ours.stats(0).layers.map(({ kept }) => kept)).toEqual([128, 1000, 128, 1000]);
  // the window begins with token 872
  expect(ours.held(0, [0, 800, 900]).slice(0, 2)).toEqual([
    [0, 0.28, 1],
    [1, 1, 1],
  ]);
});
