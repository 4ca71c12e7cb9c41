/**
 * The native tests: failures in the middle of every change of a sequence (native/test/faults.cpp injects them one after the other), and
 * what other threads ask while a cache is read into (native/test/races.cpp). `npm run sanitize` runs them under the sanitizers.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTinyModel } from './tinyModel.mjs';

const root = resolve(import.meta.dirname, '../..');
const platform = `${process.platform}-${process.arch}`;

const backends = join(root, 'node_modules/@node-llama-cpp', platform, 'bins', platform);
let folder: string;
let model: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonsai-native-'));
  model = await writeTinyModel('llama', folder, join(root, 'media/bonsai-demo-q8_0.gguf'));
});
afterAll(() => rm(folder, { recursive: true }));

const run = async (program: string) =>
  (await promisify(execFile)(join(root, `native/build/${platform}`, program), [model, backends])).stdout;

it('a failure leaves each sequence as it was, as it should be, or lost and saying so', async () => {
  const [, faults, before, after, lost] =
    /(\d+) faults: (\d+) .* before, (\d+) as after, (\d+) lost .*, 0 failed/.exec(await run('faults')) ?? [];
  expect(Number(faults)).toBeGreaterThan(500);
  for (const kind of [before, after, lost]) expect(Number(kind)).toBeGreaterThan(10);
}, 500_000); // A minute and a half, and more where another file is tested beside.

it('two caches are created and read at the same time while other threads ask about them, hint and stop', async () => {
  expect(await run('races')).toMatch(/^two caches, 1600 tokens each, 0 failed$/m);
});
