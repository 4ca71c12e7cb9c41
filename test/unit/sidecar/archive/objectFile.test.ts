import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ObjectDamaged, ObjectFile, writeObject } from '../../../../src/sidecar/archive/objectFile';
import { piecesOf, pieceTokens } from '../../../../src/sidecar/archive/pieces';
import { below, seeded } from '../../../../src/sidecar/random';

let folder: string;
let path: string;
const tokens = Uint32Array.from({ length: 300 }, (_, i) => i * 7);
const frames = [100, 56, 144].map((count, i) => ({ tokens: count, rows: Uint8Array.from({ length: count * 3 }, (_, j) => (i + j) % 251) }));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-object-'));
  path = join(folder, 'a.kv');
  await writeObject(path, tokens, frames);
});
afterAll(() => rmSync(folder, { recursive: true }));

const collect = async (object: ObjectFile, from?: number, to?: number) => {
  const found: { rows: Buffer; first: number; count: number }[] = [];
  for await (const { rows, first, count } of object.frames(from, to)) found.push({ rows: Buffer.from(rows), first, count });
  return found;
};

it('gives back what was written, and of it the frames that hold a part', async () => {
  const object = await ObjectFile.open(path);
  expect(object.isOf(tokens)).toBe(true);
  expect(object.isOf(tokens.slice(1))).toBe(false);
  expect(object.isOf(tokens.with(299, 1))).toBe(false);
  expect((await collect(object)).map(({ rows }) => rows)).toEqual(frames.map(({ rows }) => Buffer.from(rows)));
  const ranges = [
    [0, 300],
    [99, 101],
    [100, 156],
    [120, 121],
    [156, 156],
    [299, 300],
  ] as const;
  for (const [from, to] of ranges) {
    const parts = await collect(object, from, to);
    expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(to - from);
    // Number `first` of its frame is where the part before it ended.
    let at = from;
    for (const { rows, first, count } of parts) {
      const frame = frames.findIndex((each) => Buffer.from(each.rows).equals(rows));
      expect(frames.slice(0, frame).reduce((sum, each) => sum + each.tokens, 0) + first).toBe(at);
      at += count;
    }
  }
  await object.verify();
  await object.close();
});

it('refuses 10,000 altered files with a word, or finds the altered row when it is verified', async () => {
  const random = seeded(20241129);
  const whole = readFileSync(path);
  const rowsFrom = whole.length - frames.reduce((sum, { rows }) => sum + rows.length, 0);
  const other = join(folder, 'other.kv');
  let rows = 0;
  for (let i = 0; i < 10_000; i++) {
    const bytes = Buffer.from(whole);
    const kind = below(random, 4);
    let at = below(random, bytes.length);
    let altered = bytes;
    if (kind === 0) altered = bytes.subarray(0, at);
    else if (kind === 1) bytes[at]! ^= 1 << below(random, 8);
    else if (kind === 2) altered = Buffer.concat([bytes, Buffer.alloc(1 + below(random, 100))]);
    else {
      // Among the numbers in front, where a wrong one could ask for a gigabyte.
      at = 8 + below(random, 8);
      bytes[at]! ^= 1 << below(random, 8);
    }
    writeFileSync(other, altered);
    const result = await ObjectFile.open(other).then(
      async (object) => {
        const error: unknown = await object.verify().catch((problem: unknown) => problem);
        await object.close();
        rows++;
        expect(at, 'only rows are looked at late').toBeGreaterThanOrEqual(rowsFrom);
        return error;
      },
      (error: unknown) => error,
    );
    expect(result).toBeInstanceOf(ObjectDamaged);
    expect(result instanceof Error ? result.message.length : 0).toBeGreaterThan(10);
  }
  expect(rows).toBeGreaterThan(100);
}, 60_000);

it('follows no link, and opens no folder', async () => {
  const link = join(folder, 'link.kv');
  if (process.platform !== 'win32') {
    symlinkSync(path, link);
    await expect(ObjectFile.open(link)).rejects.toThrow();
  }
  await expect(ObjectFile.open(folder)).rejects.toThrow();
});

it('cuts a file into pieces whose names tell path, content and place', () => {
  const file = { path: 'src/a.ts', hash: 'h' };
  const pieces = piecesOf(file, 2 * pieceTokens + 5);
  expect(pieces.map(({ from, to }) => [from, to])).toEqual([
    [0, pieceTokens],
    [pieceTokens, 2 * pieceTokens],
    [2 * pieceTokens, 2 * pieceTokens + 5],
  ]);
  expect(piecesOf(file, 0)).toEqual([]);
  const others = [piecesOf({ ...file, path: 'src/b.ts' }, 10), piecesOf({ ...file, hash: 'i' }, 10)].flat();
  expect(new Set([...pieces, ...others].map(({ name }) => name)).size).toBe(pieces.length + 2);
});
