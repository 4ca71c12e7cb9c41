/** Manifests that were damaged, forged, or are no files at all: none is believed, and none makes the store fail. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import * as files from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Manifest } from '../../../../../src/sidecar/memory/manifest';
import { problemOf, readManifest } from '../../../../../src/sidecar/memory/store/manifestFile';
import { seal, unseal } from '../../../../../src/sidecar/memory/store/sealed';
import { content, engineState, isWhole, key, randomFrom } from './checkedStates';
import { openStore, saveState } from './fixtures';

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof files>();
  return { ...actual, lstat: vi.fn(actual.lstat) };
});
const { lstat } = await vi.importActual<typeof files>('node:fs/promises');

/** A store with one state, its manifest, and what can be done to it. */
async function oneState() {
  const opened = await openStore();
  const id = await saveState(opened.store, [4000, 16_000, 20_000]);
  const path = join(opened.folder, 'states', id);
  const file = join(path, 'manifest.json');
  const text = readFileSync(file, 'utf8');
  const manifest = unseal(text) as Manifest;
  const forge = (changes: object) => writeFileSync(file, seal({ ...manifest, ...changes }));
  return { ...opened, path, file, text, manifest, forge };
}

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

function replaced(file: string, by: () => unknown): void {
  rmSync(file);
  by();
}

describe('a manifest', () => {
  it('comes back as it was saved', async () => {
    const { store, manifest, said } = await oneState();
    const [state] = await store.saved(key);
    expect(state?.manifest).toEqual(manifest);
    expect(state?.manifest).toMatchObject({ ...content(20_000), version: 1 });
    expect(state?.manifest.checkpoints.map(({ position, bytes, probe }) => ({ position, bytes, probe }))).toEqual(
      [4000, 16_000, 20_000].map((position) => ({ position, bytes: 1000, probe: [-0.5] })),
    );
    expect(await isWhole(state!)).toBe(true);
    expect(said).toEqual([]);
  });

  it.each<[string, (manifest: Manifest) => object, string]>([
    ['another version', () => ({ version: 2 }), 'another version of Bonsai'],
    ['no version', () => ({ version: undefined }), 'another version of Bonsai'],
    ['a path out of the folder', (m) => ({ checkpoints: [{ ...m.checkpoints[0], file: '../../../../etc/passwd.state' }] }), 'damaged'],
    ['an absolute path', (m) => ({ checkpoints: [{ ...m.checkpoints[0], file: '/etc/passwd.state' }] }), 'damaged'],
    ['a line feed after the name', (m) => ({ checkpoints: [{ ...m.checkpoints[0], file: `${m.checkpoints[0]!.file}\n` }] }), 'damaged'],
    ['a null byte', (m) => ({ checkpoints: [{ ...m.checkpoints[0], file: 'a\0.state' }] }), 'damaged'],
    ['a negative length', (m) => ({ checkpoints: [{ ...m.checkpoints[0], bytes: -1 }] }), 'damaged'],
    ['numbers that are no integers', (m) => ({ checkpoints: [{ ...m.checkpoints[0], position: 1.5 }] }), 'damaged'],
    ['more tokens than there can be', (m) => ({ segments: [{ ...m.segments[0], start: 0, end: 1e15 }] }), 'more than an engine can hold'],
    ['a checkpoint after the end', (m) => ({ checkpoints: [{ ...m.checkpoints[0], position: 20_001 }] }), 'after the last segment'],
    ['checkpoints in another order', (m) => ({ checkpoints: m.checkpoints.toReversed() }), 'ascending order'],
    [
      'one file for two checkpoints',
      (m) => ({ checkpoints: [m.checkpoints[0], { ...m.checkpoints[0], position: 5000 }] }),
      'share the file',
    ],
    ['segments that overlap', (m) => ({ segments: [m.segments[0], m.segments[0]] }), 'overlap'],
    ['a segment that runs backwards', (m) => ({ segments: [{ ...m.segments[0], start: 5, end: 4 }] }), 'overlap or run backwards'],
    ['no list of checkpoints', () => ({ checkpoints: null }), 'damaged'],
  ])('forged with a right checksum is ignored: %s', async (_, change, reason) => {
    const { store, path, manifest, forge, said } = await oneState();
    forge(change(manifest));
    expect(await store.saved(key)).toEqual([]);
    expect(await store.list()).toEqual([]);
    expect(said[0]).toContain('is ignored');
    expect(said[0]).toContain(reason);
    // Nor does anybody write over what may be a newer Bonsai's.
    expect(await store.begin(key, basename(path))).toMatchObject({ reason: expect.stringContaining(reason) as string });
    expect(readdirSync(path)).toHaveLength(4);
    expect(readdirSync(dirname(path))).toHaveLength(1);
  });

  it.each<[string, (file: string, text: string) => void, string]>([
    ['empty', (file) => writeFileSync(file, ''), 'checksum'],
    ['cut short', (file, text) => truncateSync(file, text.length - 1), 'checksum'],
    ['longer', (file, text) => writeFileSync(file, `${text}\n`), 'checksum'],
    ['without its first line', (file, text) => writeFileSync(file, text.slice(text.indexOf('\n') + 1)), 'checksum'],
    ['not text', (file) => writeFileSync(file, Buffer.alloc(5000, 0xff)), 'checksum'],
    ['larger than any manifest', (file) => truncateSync(file, 300 * 2 ** 20), 'larger than'],
  ])('that is %s is ignored', async (_, damage, reason) => {
    const { store, file, text, said } = await oneState();
    damage(file, text);
    expect(await store.saved(key)).toEqual([]);
    expect(said[0]).toContain(reason);
  });

  it.each<[string, (file: string, elsewhere: string) => void, string]>([
    ['a link to a good one', (file, elsewhere) => symlinkSync(elsewhere, file), 'ELOOP'],
    ['a pipe', (file) => execFileSync('mkfifo', [file]), 'not a plain file'],
    ['a folder', (file) => mkdirSync(file), 'not a plain file'],
  ])('is ignored when there is %s in its place', async (_, place, reason) => {
    const { store, folder, file, text, said } = await oneState();
    const elsewhere = join(folder, 'elsewhere.json');
    writeFileSync(elsewhere, text);
    rmSync(file);
    place(file, elsewhere);
    expect(await store.saved(key)).toEqual([]);
    expect(said[0]).toContain(reason);
  });

  it('with one bit turned is never accepted, and nothing is thrown, five hundred times', async () => {
    const { store, file, text } = await oneState();
    const random = randomFrom(1);
    const bytes = Buffer.from(text);
    for (let i = 0; i < 500; i++) {
      const mutated = Buffer.from(bytes);
      const at = Math.floor(random() * mutated.length);
      mutated[at] = mutated[at]! ^ (1 << Math.floor(random() * 8));
      writeFileSync(file, mutated);
      expect(await store.saved(key)).toEqual([]);
    }
  });

  it('with one value replaced and the checksum made right is accepted only where it makes sense, five hundred times', async () => {
    const { store, path, file, manifest } = await oneState();
    const random = randomFrom(2);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const wild = [0, -1, 1e9, 1e15, 1e308, 0.5, '', 'x', '../x.state', null, true, [], {}, 'a.state', 4000, 16_000, 1];
    let accepted = 0;
    for (let i = 0; i < 500; i++) {
      const mutant = structuredClone(manifest);
      // One value somewhere in the tree.
      let node = mutant as Record<string, unknown>;
      let name = pick(Object.keys(node));
      for (let inner = node[name]; isTree(inner) && random() < 0.85; inner = node[name]) {
        node = inner;
        name = pick(Object.keys(node));
      }
      if (random() < 0.2) Reflect.deleteProperty(node, name);
      else node[name] = pick(wild);
      writeFileSync(file, seal(mutant));
      const states = await store.saved(key);
      accepted += states.length;
      for (const state of states) {
        expect(problemOf(state.manifest)).toBeUndefined();
        for (const checkpoint of state.manifest.checkpoints)
          expect(readFileSync(join(path, checkpoint.file)).length).toBe(checkpoint.bytes);
      }
    }
    expect(accepted).toBeGreaterThan(50); // another name is as good
    expect(accepted).toBeLessThan(450);
  });
});

describe('a state file', () => {
  it.each<[string, (file: string) => void]>([
    ['is missing', (file) => rmSync(file)],
    ['is cut short', (file) => truncateSync(file, 999)],
    ['is too long', (file) => truncateSync(file, 1001)],
    ['is a link', (file) => replaced(file, () => symlinkSync('/etc/passwd', file))],
    ['is a pipe', (file) => replaced(file, () => execFileSync('mkfifo', [file]))],
    ['is a folder', (file) => replaced(file, () => mkdirSync(file))],
  ])('that %s takes only its own checkpoint away', async (_, damage) => {
    const { store, path, manifest, said } = await oneState();
    damage(join(path, manifest.checkpoints[1]!.file));
    const [state] = await store.saved(key);
    expect(state?.manifest.checkpoints.map(({ position }) => position)).toEqual([4000, 20_000]);
    expect(await isWhole(state!)).toBe(true);
    expect(said[0]).toContain(manifest.checkpoints[1]!.file);
    // And the next one who writes goes on without it.
    const { writer } = await store.begin(key, state!.id);
    expect(writer!.checkpoints.map(({ position }) => position)).toEqual([4000, 20_000]);
    await writer!.save(content(20_000));
    await writer!.close();
    expect(readdirSync(path)).toHaveLength(3);
  });
});

describe('a manifest that is replaced while it is read', () => {
  it('is read again, so that nothing seems to be missing', async () => {
    const { store, path, manifest } = await oneState();
    const { writer } = await store.begin(key, basename(path));
    writer!.drop(...writer!.checkpoints);
    await writer!.checkpoint(20_000, engineState(500), []);
    // The reader has the old manifest, and looks for its first state file.
    vi.mocked(files.lstat).mockImplementation(async (file, options) => {
      if (file === join(path, manifest.checkpoints[0]!.file)) {
        vi.mocked(files.lstat).mockImplementation(lstat);
        await writer!.save(content(20_000));
      }
      return lstat(file, options as undefined);
    });
    const read = await readManifest(path);
    expect(read.manifest.checkpoints).toEqual(writer!.checkpoints);
    expect(read.lost).toEqual([]);
    await store.close();
  });
});

describe('a writer', () => {
  it.each<[string, object]>([
    ['overlapping segments', { segments: [content(100).segments[1], content(100).segments[1]] }],
    ['too short a sequence', content(50)],
  ])('refuses to save %s', async (_, wrong) => {
    const { store } = await openStore();
    const { writer } = await store.begin(key);
    await writer!.checkpoint(100, engineState(100), []);
    await expect(writer!.save({ ...content(100), ...wrong })).rejects.toThrow(RangeError);
    expect(await writer!.save(content(100))).toBeDefined();
    await store.close();
  });

  it('does not save a state whose probe is no number', async () => {
    const { store, said } = await openStore();
    const { writer } = await store.begin(key);
    expect(await writer!.checkpoint(100, engineState(100), [-Infinity])).toBeUndefined();
    expect(said[0]).toContain('probe');
    expect(await writer!.save(content(100))).toBeDefined();
    await store.close();
  });
});
