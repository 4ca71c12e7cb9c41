import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Archive, archiveStats, prune, verifyArchive } from '../../../../src/sidecar/archive/archive';
import { piecesOf } from '../../../../src/sidecar/archive/pieces';

let folder: string;
let said: string[];
const log = (text: string) => void said.push(text);
const open = async (quotaBytes = 1e9, identity: readonly unknown[] = ['model']) => {
  const archive = await Archive.open({ folder: join(folder, 'archive'), quotaBytes, identity, log });
  expect(archive).toBeDefined();
  return archive!;
};
const tokensOf = (seed: number, length = 100) => Uint32Array.from({ length }, (_, i) => seed * 1000 + i);
const frames = (seed: number, bytes = 1000) => [{ tokens: 100, rows: new Uint8Array(bytes).fill(seed) }];
const file = (seed: number) => ({ path: `file${seed}.ts`, hash: `hash${seed}` });
const nameOf = (seed: number) => piecesOf(file(seed), 100)[0]!.name;
const put = (archive: Archive, seed: number, bytes?: number) => archive.put(nameOf(seed), tokensOf(seed), frames(seed, bytes));
const has = async (archive: Archive, seed: number) => {
  const object = await archive.find(nameOf(seed), tokensOf(seed));
  await object?.close();
  return object !== undefined;
};
const objects = () =>
  readdirSync(join(folder, 'archive'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.kv'))
    .map((name) => join(folder, 'archive', name));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-unit-archive-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('what was put is found by the same tokens, by every process, and not by another model', async () => {
  const first = await open();
  expect(first.tokensOf(file(1), 100)).toBe(0);
  await put(first, 1);
  expect(first.tokensOf(file(1), 100)).toBe(100);
  expect(first.tokensOf({ ...file(1), hash: 'other' }, 100)).toBe(0);
  const second = await open();
  expect(second.tokensOf(file(1), 100)).toBe(100);
  expect(await has(second, 1)).toBe(true);
  // Another process puts something while this one is open.
  await put(second, 2);
  expect([first.has(nameOf(2)), await has(first, 2), first.has(nameOf(2))]).toEqual([false, true, true]);
  expect(await has(await open(1e9, ['another model']), 1)).toBe(false);
  expect(said).toEqual([]);
});

it('rows of other tokens under the same name are removed, and said so', async () => {
  const archive = await open();
  await put(archive, 1);
  expect(await archive.find(nameOf(1), tokensOf(2))).toBeUndefined();
  expect(said.join()).toContain('it is of other tokens');
  expect(objects()).toEqual([]);
  expect(archive.has(nameOf(1))).toBe(false);
});

it('two processes may write and remove the same at the same time', async () => {
  const [first, second] = [await open(), await open()];
  const both = Array.from({ length: 40 }, (_, seed) => [put(first, seed), put(second, seed)]).flat();
  await Promise.all([...both, prune(join(folder, 'archive'), 10_000), prune(join(folder, 'archive'), 20_000)]);
  expect(await verifyArchive(join(folder, 'archive'))).toEqual([]);
  await prune(join(folder, 'archive'), 0);
  // What is not there any more is not an error, and can be put again.
  expect(await has(first, 3)).toBe(false);
  await put(first, 3);
  expect(await has(second, 3)).toBe(true);
  expect(said).toEqual([]);
});

it('a disk that takes nothing more ends the archiving with a word, once, and nothing else', async () => {
  const archive = await open();
  await put(archive, 1);
  const own = join(objects()[0]!, '..');
  rmSync(own, { recursive: true });
  writeFileSync(own, 'in the way');
  for (const seed of [2, 3, 4]) await put(archive, seed);
  expect(said.filter((text) => text.includes('What is read is not archived any more')).length).toBe(1);
  expect(await has(archive, 2)).toBe(false);
  await archive.settled();
});

it('a folder that cannot be used gives no archive, and a word', async () => {
  writeFileSync(join(folder, 'archive'), 'in the way');
  expect(await Archive.open({ folder: join(folder, 'archive'), quotaBytes: 1e9, identity: [], log })).toBeUndefined();
  expect(said.join()).toContain('cannot be used as an archive');
});

it('within its quota what was used last stays, and nothing goes that is used or wanted here', async () => {
  const before = await open();
  for (const seed of [1, 2, 3, 4]) await put(before, seed, 10_000);
  // Used in this order, days ago.
  for (const [i, seed] of [2, 1, 4, 3].entries()) {
    const path = objects().find((each) => each.includes(nameOf(seed)))!;
    const day = new Date(Date.now() - (10 - i) * 86_400_000);
    utimesSync(path, day, day);
  }
  const archive = await open(45_000);
  archive.want(file(2), 100);
  await put(archive, 5, 10_000);
  expect(objects().length).toBeLessThanOrEqual(4);
  expect([await has(archive, 2), await has(archive, 1), await has(archive, 3), await has(archive, 5)]).toEqual([true, false, true, true]);
  // Everything that is left is wanted: what comes now is not kept, and that is said once.
  for (const seed of [6, 7, 8, 9]) await put(archive, seed, 10_000);
  expect((await archiveStats(join(folder, 'archive'))).bytes).toBeLessThanOrEqual(45_000);
  expect(await has(archive, 2)).toBe(true);
  expect(said.filter((text) => text.includes('The archive is full')).length).toBe(1);
});

it('a smaller quota is kept to when it is opened', async () => {
  const before = await open();
  for (const seed of [1, 2, 3, 4]) await put(before, seed, 10_000);
  await open(25_000);
  const { bytes, objects: left } = await archiveStats(join(folder, 'archive'));
  expect([bytes <= 25_000, left]).toEqual([true, 2]);
});

it('what an ended process left half written goes, what another one is writing stays', async () => {
  await put(await open(), 1);
  const own = join(objects()[0]!, '..');
  const [old, fresh] = ['a.kv.1.part', 'b.kv.2.part'].map((name) => join(own, name)) as [string, string];
  for (const path of [old, fresh]) writeFileSync(path, 'half');
  utimesSync(old, new Date(0), new Date(0));
  await open();
  expect(readdirSync(own).filter((name) => name.endsWith('.part'))).toEqual(['b.kv.2.part']);
});
