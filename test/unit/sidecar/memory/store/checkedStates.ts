/** Plays the engine: states whose content proves that they are whole, and what a repository's manifest says of them. */
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { ManifestContent, MemoryKey, SavedState } from '../../../../../src/sidecar/memory/store';

export const key: MemoryKey = { model: 'model-a', engine: 'bonsai 1 hybrid 8192', folders: ['/work/a', '/work/b'] };

export function content(tokens: number, name = 'repository'): ManifestContent {
  const half = Math.floor(tokens / 2);
  return {
    name,
    folders: [...key.folders],
    model: 'Model A',
    segments: [
      { kind: 'head', path: '', hash: '', start: 0, end: half },
      { kind: 'file', path: 'src/main.ts', hash: 'abc', start: half, end: tokens },
    ],
    complete: true,
    order: ['src/main.ts'],
    skipped: [],
  };
}

/** Writes a state of so many bytes, the first 64 of them the checksum of the rest. */
export function engineState(bytes: number): (path: string) => Promise<void> {
  const body = randomBytes(Math.max(0, bytes - 64));
  return (path) => writeFile(path, Buffer.concat([Buffer.from(createHash('sha256').update(body).digest('hex')), body]));
}

export async function isWholeState(path: string): Promise<boolean> {
  const state = await readFile(path);
  return createHash('sha256').update(state.subarray(64)).digest('hex') === state.subarray(0, 64).toString();
}

/** Whether everything that the state offers is there, read as the engine would. */
export async function isWhole(state: SavedState): Promise<boolean> {
  const read = await Promise.all(state.manifest.checkpoints.map((checkpoint) => state.read(checkpoint, isWholeState)));
  return read.every((whole) => whole === true);
}

/** Numbers in [0, 1), the same ones in every run (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
