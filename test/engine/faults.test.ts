/** Failures in the middle of every change of a sequence: native/test/faults.cpp injects them one after the other. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { writeTinyModel } from './tinyModel.mjs';

const root = resolve(import.meta.dirname, '../..');
const platform = `${process.platform}-${process.arch}`;

it('leaves each sequence as it was, as it should be, or lost and saying so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bonsai-faults-'));
  try {
    const model = await writeTinyModel('llama', folder, join(root, 'media/bonsai-demo-q8_0.gguf'));
    const backends = join(root, 'node_modules/@node-llama-cpp', platform, 'bins', platform);
    const { stdout } = await promisify(execFile)(join(root, `native/build/${platform}/faults`), [model, backends]);
    const [, faults, before, after, lost] = /(\d+) faults: (\d+) .* before, (\d+) as after, (\d+) lost .*, 0 failed/.exec(stdout) ?? [];
    expect(Number(faults)).toBeGreaterThan(500);
    for (const kind of [before, after, lost]) expect(Number(kind)).toBeGreaterThan(10);
  } finally {
    await rm(folder, { recursive: true });
  }
});
