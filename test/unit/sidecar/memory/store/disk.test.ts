/** A disk that is full, or becomes so, a folder that may not be written, or is none: nothing that was saved is lost, and the log says why nothing more is. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as files from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { content, engineState, isWhole, key } from './checkedStates';
import { openStore, positionsOf, saveState, temporaryFolder, tree } from './fixtures';

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof files>();
  return { ...actual, statfs: vi.fn(actual.statfs), writeFile: vi.fn(actual.writeFile) };
});
const actual = await vi.importActual<typeof files>('node:fs/promises');

const megabyte = 1_000_000;
const noSpace = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

/** A disk of a terabyte with so much left. */
function diskWithFree(bytes: () => number): void {
  vi.mocked(files.statfs).mockImplementation(async (path) =>
    Object.assign(await actual.statfs(path), { bsize: 1, blocks: 2 ** 40, bavail: bytes() }),
  );
}

/** The disk takes half of every file with this in its path, and no more. */
function fullFor(part: string): void {
  vi.mocked(files.writeFile).mockImplementation(async (path, data, options) => {
    if (!(path as string).includes(part)) return actual.writeFile(path, data, options);
    await actual.writeFile(path, (data as string).slice(0, (data as string).length / 2), options);
    throw noSpace();
  });
}

afterEach(() => {
  vi.mocked(files.statfs).mockImplementation(actual.statfs);
  vi.mocked(files.writeFile).mockImplementation(actual.writeFile);
});

describe('a full disk', () => {
  it('saves nothing when 500 MB would not stay free, and costs no memory for nothing', async () => {
    const { store, said } = await openStore();
    await saveState(store, [5000], 30_000);
    const { writer } = await store.begin(key);
    diskWithFree(() => 500 * megabyte + 1000);
    const write = vi.fn(engineState(50_000));
    expect(await writer!.checkpoint(6000, write, [], 50_000)).toBeUndefined();
    expect(write).not.toHaveBeenCalled();
    expect(said).toEqual([expect.stringMatching(/not saved: the disk has 500 MB left; 50 kB are needed, and 500 MB stay free/)]);
    expect((await store.saved(key)).map(positionsOf)).toEqual([[5000]]);
    expect(await writer!.checkpoint(6000, engineState(500), [], 500)).toBeDefined();
    await store.close();
  });

  it('first costs older memories, when that is enough', async () => {
    const { store, folder } = await openStore();
    for (let i = 0; i < 3; i++) await saveState(store, [5000 + i], 30_000);
    const { writer } = await store.begin(key);
    const isState = ({ path }: { path: string }) => path.endsWith('.state');
    diskWithFree(() => 500 * megabyte + 31_000 * (3 - tree(folder).filter(isState).length));
    expect(await writer!.checkpoint(6000, engineState(50_000), [], 50_000)).toBeDefined();
    expect((await store.saved(key)).map(positionsOf)).toEqual([[5002]]);
    await store.close();
  });

  it('in the middle of a state or of the manifest loses nothing that was saved', async () => {
    const { store, folder, said } = await openStore();
    const id = await saveState(store, [5000, 9000]);
    const { writer } = await store.begin(key, id);
    const half = async (path: string) => {
      await actual.writeFile(path, Buffer.alloc(500));
      throw noSpace();
    };
    expect(await writer!.checkpoint(12_000, half, [])).toBeUndefined();
    await writer!.checkpoint(11_000, engineState(700), []);
    fullFor('manifest.json');
    expect(await writer!.save(content(11_000))).toBeUndefined();
    expect(said).toEqual([
      expect.stringContaining('12000 tokens was not saved: the disk is full'),
      expect.stringContaining('repository was not saved: the disk is full'),
    ]);
    const [state] = await store.saved(key);
    expect(positionsOf(state)).toEqual([5000, 9000]);
    expect(await isWhole(state!)).toBe(true);
    // With room again, nothing has to be done twice.
    vi.mocked(files.writeFile).mockImplementation(actual.writeFile);
    expect(positionsOf({ manifest: (await writer!.save(content(11_000)))! })).toEqual([5000, 9000, 11_000]);
    await store.close();
    expect(readdirSync(join(folder, 'states', id))).toHaveLength(4);
  });

  it('keeps the old facts', async () => {
    const { store, folder, said } = await openStore();
    const facts = await store.facts('model');
    facts.set('a', { tokens: 1 });
    await facts.save();
    facts.set('b', { tokens: 2 });
    fullFor('.part');
    expect(await facts.save()).toBe(false);
    expect(said).toEqual([expect.stringContaining('the disk is full')]);
    expect((await (await openStore({ folder })).store.facts('model')).get('a')).toEqual({ tokens: 1 });
    vi.mocked(files.writeFile).mockImplementation(actual.writeFile);
    expect(await facts.save()).toBe(true);
    expect((await (await openStore({ folder })).store.facts('model')).get('b')).toEqual({ tokens: 2 });
  });
});

/** @returns its path, or undefined where this user may not mount */
function smallDisk(): string | undefined {
  const path = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', path]));
  return path;
}

describe('a real disk of 4 MB', () => {
  it('that fills up loses nothing', async ({ skip }) => {
    const disk = smallDisk() ?? skip('mounting needs root');
    const { store, folder, said } = await openStore({ folder: join(disk, 'memory') });
    const id = await saveState(store, [40_000, 60_000], 500_000);
    const { writer } = await store.begin(key, id);
    expect(await writer!.checkpoint(70_000, engineState(5_000_000), [])).toBeUndefined();
    expect(said.pop()).toContain('the disk is full');
    expect(await writer!.checkpoint(70_000, engineState(500_000), [])).toBeDefined();
    expect(await writer!.checkpoint(75_000, engineState(5_000_000), [], 5_000_000)).toBeUndefined();
    expect(said.pop()).toContain('stay free');
    const filler = join(disk, 'filler');
    expect(() => writeFileSync(filler, Buffer.alloc(4_000_000))).toThrow('ENOSPC');
    expect(await writer!.save(content(70_000))).toBeUndefined();
    expect(said.pop()).toContain('the disk is full');
    const [state] = await store.saved(key);
    expect(positionsOf(state)).toEqual([40_000, 60_000]);
    expect(await isWhole(state!)).toBe(true);
    expect((await openStore({ folder })).store.unusable).toContain('the disk is full');
    rmSync(filler);
    expect(positionsOf({ manifest: (await writer!.save(content(70_000)))! })).toEqual([40_000, 60_000, 70_000]);
    await store.close();
  });

  it('that is read-only is still read', async ({ skip }) => {
    const disk = smallDisk() ?? skip('mounting needs root');
    const folder = join(disk, 'memory');
    const { store } = await openStore({ folder });
    await saveState(store, [5000]);
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const { store: again, said } = await openStore({ folder });
    expect(again.unusable).toContain('the disk is read-only');
    const [state] = await again.saved(key);
    expect(await isWhole(state!)).toBe(true);
    await state!.touch();
    expect(await again.begin(key, state!.id)).toEqual({ reason: again.unusable });
    expect(await again.delete()).toEqual({ memories: 0, bytes: 0 });
    expect(said.at(-1)).toContain('not deleted');
    await again.setRate(key, 5);
    expect(await again.rate(key)).toBe(5);
    await again.close();
  });
});

describe('a folder that cannot be used', () => {
  it.each<[string, (folder: string) => void, string]>([
    ['a file', (folder) => writeFileSync(folder, ''), 'a file where a folder should be'],
    ['below a file', (folder) => fileInsteadOf(dirname(folder)), 'a file where a folder should be'],
    ['one with a file where the states belong', (folder) => fileInsteadOf(join(folder, 'states')), 'not a folder'],
    ['one that may not be written', (folder) => readOnly(folder), 'may not be written by you'],
  ])('%s: gives a store that saves nothing and says why', async (_, prepare, why) => {
    const parent = join(temporaryFolder(), 'parent');
    mkdirSync(parent);
    for (const path of [join(parent, '..'), parent]) chmodSync(path, 0o755);
    const folder = join(parent, 'memory');
    prepare(folder);
    const { store, said } = await openStore({ folder });
    expect(store.unusable).toContain(folder);
    expect(store.unusable).toContain(why);
    expect(said).toEqual([`warn: ${store.unusable!}`]);
    expect(await store.saved(key)).toEqual([]);
    expect(await store.list()).toEqual([]);
    expect(await store.begin(key)).toEqual({ reason: store.unusable });
    expect(await store.delete()).toEqual({ memories: 0, bytes: 0 });
    const facts = await store.facts('model');
    facts.set('a', { tokens: 1 });
    expect(facts.get('a')).toEqual({ tokens: 1 });
    expect(await facts.save()).toBe(false);
    await store.close();
  });
});

function fileInsteadOf(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { recursive: true, force: true });
  writeFileSync(path, '');
}

/** For this test we are somebody who may not write everywhere, as root may. */
function readOnly(folder: string): void {
  mkdirSync(folder, { mode: 0o555 });
  if (process.getuid?.() !== 0) return;
  process.seteuid!(65534);
  onTestFinished(() => process.seteuid!(0));
}
