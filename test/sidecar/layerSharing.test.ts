/** `auto` in a real sidecar: the layers of a model are measured once, and a memory keeps the budgets it was built with. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { messages, schemas, type CacheMap } from '../../src/protocol';
import { fingerprint } from '../../src/sidecar/engine/fingerprint';
import { plan, root, start, type Client } from './client';

const model = join(root, 'media/bonsai-demo-q8_0.gguf');
const mean = 512;
const layers = 8;
const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
let folder: string;
let client: Client;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-sharing-'));
  // About twice what a layer holds, and what fits.
  for (const [name, files] of Object.entries({ repository: ['mentions.ts', 'numbers.ts'], small: ['messageOf.ts'] })) {
    mkdirSync(join(folder, name));
    for (const file of files) cpSync(join(root, 'src/protocol', file), join(folder, name, file));
  }
});
afterAll(async () => {
  await client.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<void> {
  client = start({ XDG_CACHE_HOME: join(folder, 'cache') });
  const storage = { folder: join(folder, 'saved') };
  await client.connection.sendRequest(messages.loadModel, { modelPath: model, cache: { budget: mean }, threads: 1, storage });
}
const read = (options = {}, name = 'repository') => client.read(join(folder, name), options);
const map = (): Promise<CacheMap> => client.connection.sendRequest(messages.cacheMap, { buckets: 4 });
const budgets = async () => (await map()).layers.map(({ budget }) => budget);

it.runIf(plan.engine === 'bonsai')('what fits leaves the layers equal and measures nothing', async () => {
  await open();
  expect(await read({}, 'small')).toMatchObject({ notes: [] });
  expect((await map()).sharing).toEqual({ choice: 'auto', allocator: 'uniform' });
  expect(await budgets()).toEqual(Array.from({ length: layers }, () => mean));
});

it.runIf(plan.engine === 'bonsai')('what does not fit has the layers measured once, and the memory keeps what they got', async () => {
  const first = await read();
  expect(first.notes).toEqual([]);
  const built = await map();
  expect(built.sharing).toEqual({
    choice: 'auto',
    allocator: 'replay',
    ratio: expect.closeTo(first.tokens / (mean - 256), -0.5) as number,
  });
  const given = built.layers.map(({ budget }) => budget);
  expect(sum(given)).toBe(layers * mean);
  expect(Math.max(...given)).toBeGreaterThan(mean);
  expect(Math.min(...given)).toBeGreaterThanOrEqual(256 + 32);

  const file = join(folder, 'cache/bonsai/budgets.json');
  const document = JSON.parse(readFileSync(file, 'utf8')) as { needs: Record<string, unknown> };
  const needs = schemas.layerNeeds.parse(document.needs[await fingerprint(model)]);
  for (const shares of needs.shares) expect(sum(shares) / layers).toBeCloseTo(1, 5);

  // A memory that is restored keeps its budgets, also where other needs are known by now.
  await client.stop();
  const other = { ...needs, shares: needs.ratios.map(() => [0, 0, 0, 0, 0, 0, 4, 4]) };
  writeFileSync(file, JSON.stringify({ ...document, needs: { [await fingerprint(model)]: other } }));
  await open();
  expect(await read()).toMatchObject({ restoredTokens: first.tokens, notes: [] });
  expect(await budgets()).toEqual(given);

  // Read again it gets them, without being measured again.
  expect(await read({ again: true })).toMatchObject({ restoredTokens: 0, notes: [] });
  const anew = await budgets();
  expect(Math.max(...anew.slice(0, 6))).toBeLessThan(0.75 * mean);
  expect(Math.min(...anew.slice(6))).toBeGreaterThan(1.5 * mean);
  expect(sum(anew)).toBe(layers * mean);

  // What is saved says what it was built with, whatever is remembered by now.
  await client.stop();
  rmSync(join(folder, 'cache'), { recursive: true });
  await open();
  expect(await read()).toMatchObject({ restoredTokens: first.tokens, notes: [] });
  expect(await budgets()).toEqual(anew);

  // What is sure to stay of pins goes by the smallest layer.
  const { note } = await client.connection.sendRequest(messages.fileAction, { path: 'numbers.ts', action: 'pin' });
  expect(note).toContain(`only ${Math.floor((Math.min(...anew) - 256) / 4)} are sure to stay`);
});
