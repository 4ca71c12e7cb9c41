/** Budgets for single layers of models where not every layer has one: sliding windows and recurrent layers have none. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyModel } from '../engine/tinyModel.mjs';
import { plan, root } from './client';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'bonsai-layers-'))));
afterAll(() => rmSync(folder, { recursive: true }));

interface Packed {
  layers: { layer: number; budget: number; kept: number }[];
  kvBytes: number;
  kvBytesFull: number;
  tokens: number;
  error?: { code: string; message: string };
}

function pack(model: string, ...args: string[]) {
  const cli = [join(root, 'scripts/bonsai.mjs'), 'pack', join(root, 'src/repo'), '--model', model, '--threads', '1', '--json', ...args];
  // budgets that were found are remembered in the cache folder
  const env = { ...process.env, XDG_CACHE_HOME: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, cli, { encoding: 'utf8', timeout: 110_000, env });
  return { status, stderr, document: JSON.parse(stdout) as Packed };
}

describe.runIf(plan.engine === 'bonsai').each([
  ['gemma2', [1, 3], 4],
  ['granitehybrid', [1, 3], 2],
])('%s', (family, full, reported) => {
  let model: string;
  beforeAll(async () => void (model = await writeTinyModel(family, folder, join(root, 'media/bonsai-demo-q8_0.gguf'))));
  const budgetsOf = ({ layers }: Packed) => layers.filter(({ layer }) => full.includes(layer)).map(({ budget }) => budget);

  it('takes a budget for each layer with full attention', () => {
    const { status, document, stderr } = pack(model, '--budget', '512,1024');
    expect(status, stderr).toBe(0);
    expect(document.layers).toHaveLength(reported);
    expect(budgetsOf(document)).toEqual([512, 1024]);
    for (const { budget, kept } of document.layers) expect(kept).toBeLessThanOrEqual(budget);
  });

  it('refuses a list of another length, and says which it should have', () => {
    const { status, document } = pack(model, '--budget', '512,512,512,512');
    expect(status).not.toBe(0);
    expect(document.error).toMatchObject({ code: 'bad-request' });
    expect(document.error?.message).toContain('lists 4 layers; the model has 2 with full attention');
  });

  it('shares a budget out by squeeze, once measured and then remembered, the total conserved', () => {
    for (const run of ['measured', 'remembered']) {
      const { status, document, stderr } = pack(model, '--budget', '1024', '--allocator', 'squeeze');
      expect(status, stderr).toBe(0);
      expect(stderr, run).not.toContain('equal budgets');
      const budgets = budgetsOf(document);
      expect(budgets[0]! + budgets[1]!, run).toBe(2 * 1024);
      expect(budgets[0], run).not.toBe(budgets[1]);
    }
  });
});

it.runIf(plan.engine === 'bonsai')(
  'squeeze measures the last layer too, where its output is scaled and few rows are asked for',
  async () => {
    const model = await writeTinyModel('granite', folder, join(root, 'media/bonsai-demo-q8_0.gguf'));
    const { status, document, stderr } = pack(model, '--budget', '1024', '--allocator', 'squeeze');
    expect(status, stderr).toBe(0);
    const budgets = document.layers.map(({ budget }) => budget);
    expect(budgets.reduce((sum, budget) => sum + budget, 0)).toBe(3 * 1024);
    expect(new Set(budgets).size).toBeGreaterThan(1);
  },
);

it.runIf(plan.engine === 'bonsai')('a single layer with full attention takes it all, whoever shares it out', async () => {
  const model = await writeTinyModel('gemma3', folder, join(root, 'media/bonsai-demo-q8_0.gguf'));
  const { status, document, stderr } = pack(model, '--budget', '1024', '--allocator', 'pyramid');
  expect(status, stderr).toBe(0);
  expect(document.layers[2]).toMatchObject({ layer: 2, budget: 1024 });
  const calibrated = spawnSync(
    process.execPath,
    [join(root, 'scripts/bonsai.mjs'), 'calibrate', join(root, 'src/repo'), '--model', model, '--budget', '1024', '--json'],
    { encoding: 'utf8', timeout: 110_000, env: { ...process.env, XDG_CACHE_HOME: folder } },
  );
  expect(calibrated.status).not.toBe(0);
  expect(calibrated.stdout).toContain('nothing to share out');
});
