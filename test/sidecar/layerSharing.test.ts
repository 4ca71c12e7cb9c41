/** `auto` in a real sidecar: a memory keeps the budgets it was built with, also after a restart, until it is read again. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { messages, type CacheMap, type LayerTrial } from '../../src/protocol';
import { trialKey } from '../../src/sidecar/engine/allocation';
import { fingerprint } from '../../src/sidecar/engine/fingerprint';
import { defaultTuning } from '../../src/sidecar/engine/tuning';
import { plan, root, start, type Client } from './client';

const model = join(root, 'media/bonsai-demo-q8_0.gguf');
let folder: string;
let client: Client;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-sharing-'));
  // About twice what a layer holds.
  mkdirSync(join(folder, 'repository'));
  for (const name of ['mentions.ts', 'numbers.ts']) cpSync(join(root, 'src/protocol', name), join(folder, 'repository', name));
});
afterAll(async () => {
  await client.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<void> {
  client = start({ XDG_CACHE_HOME: join(folder, 'cache') });
  const storage = { folder: join(folder, 'saved') };
  await client.connection.sendRequest(messages.loadModel, { modelPath: model, cache: { budget: 512 }, threads: 1, storage });
}
const read = (options = {}) => client.read(join(folder, 'repository'), options);
const map = (): Promise<CacheMap> => client.connection.sendRequest(messages.cacheMap, { buckets: 4 });

/** As if a trial with just these budgets had found that the last layer needs the most. */
async function decide(): Promise<LayerTrial> {
  const [mean, staging] = [512, 256];
  const result = { loss: 2, gain: 0, error: 0 };
  const best: LayerTrial['results'][number] = {
    ...{ ...result, allocator: 'measured', gain: 0.1, lost: [0, 0, 0, 0, 0, 0, 0, 0.3] },
    budgets: [448, 448, 448, 448, 448, 448, 448, 960],
  };
  const equal = { allocator: 'uniform' as const, budgets: Array.from({ length: 8 }, () => mean), ...result };
  const trial: LayerTrial = { tokens: 4096, mean, staging, results: [equal, best], best: 1 };
  const key = trialKey({
    ...{ allocator: 'auto', policy: 'hybrid', score: 'keydiff', keyType: 'f16', valueType: 'f16' },
    ...{ mean, staging, tuning: defaultTuning, fingerprint: await fingerprint(model) },
  });
  mkdirSync(join(folder, 'cache', 'bonsai'), { recursive: true });
  const document = { version: 2, budgets: {}, cosines: {}, trials: { [key]: trial }, readings: {} };
  writeFileSync(join(folder, 'cache', 'bonsai', 'budgets.json'), JSON.stringify(document));
  return trial;
}

it.runIf(plan.engine === 'bonsai')('a memory keeps its budgets until it is read again, and says that others are better', async () => {
  await open();
  const first = await read();
  const equal = await map();
  expect(equal.sharing).toEqual({ choice: 'auto', allocator: 'uniform' });
  expect(equal.layers.map(({ budget }) => budget)).toEqual(Array.from({ length: 8 }, () => 512));

  await client.stop();
  const { results } = await decide();
  await open();
  expect(await read()).toMatchObject({ restoredTokens: first.tokens, notes: [] });
  const kept = await map();
  expect(kept.layers.map(({ budget }) => budget)).toEqual(equal.layers.map(({ budget }) => budget));
  expect(kept.sharing).toMatchObject({ allocator: 'uniform', next: { allocator: 'measured' }, trial: { best: 1 } });

  expect(await read({ again: true })).toMatchObject({ restoredTokens: 0, notes: [] });
  const anew = await map();
  expect(anew.layers.map(({ budget }) => budget)).toEqual(results[1]!.budgets);
  expect(anew.sharing).not.toHaveProperty('next');
  expect(anew.layers.map(({ lost }) => lost)).toEqual(results[1]!.lost);

  await client.stop();
  // What is saved says what it was built with, whatever is remembered by now.
  rmSync(join(folder, 'cache'), { recursive: true });
  await open();
  expect(await read()).toMatchObject({ restoredTokens: first.tokens, notes: [] });
  expect((await map()).layers.map(({ budget, lost }) => [budget, lost])).toEqual(anew.layers.map(({ budget, lost }) => [budget, lost]));
});
