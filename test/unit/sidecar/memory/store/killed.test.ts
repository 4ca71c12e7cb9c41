/** `kill -9` at any moment of saving: what was saved before is still there, whole, and the next process goes on at once. */
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isWhole, key, randomFrom } from './checkedStates';
import { bundleChild, startChild } from './children';
import { ageUnclaimedLocks, openStore, temporaryFolder, tree } from './fixtures';

let bundle: string;
beforeAll(async () => void (bundle = await bundleChild()));
afterAll(() => rmSync(dirname(bundle), { recursive: true, force: true }));

type Said = { opening: string } | { id: string; positions: number[] } | { saving: string } | { deleting: string } | { log: string };

/** What is saved for certain, and what was being changed when the process was killed. */
class Expected {
  readonly saved = new Map<string, number[]>();
  readonly changing = new Set<string>();

  hear(said: Said): void {
    if ('log' in said) throw new Error(said.log);
    if ('saving' in said) this.changing.add(said.saving);
    if ('deleting' in said) this.changing.add(said.deleting);
    if ('id' in said) {
      this.saved.set(said.id, said.positions);
      this.changing.delete(said.id);
    }
  }
}

async function killAgainAndAgain(seed: number, times: number): Promise<number> {
  const random = randomFrom(seed);
  const folder = join(temporaryFolder(), 'memory');
  let expected = new Map<string, number[]>();
  let saves = 0;
  for (let i = 0; i < times; i++) {
    const child = startChild(bundle, 'write', folder, String(seed * 1000 + i));
    const now = new Expected();
    for (const [id, positions] of expected) now.saved.set(id, positions);
    for (let lines = Math.floor(random() * 9); lines >= 0; lines--) now.hear((await child.next<Said>())!);
    await new Promise((resolve) => setTimeout(resolve, random() * 12));
    for (const said of await child.kill<Said>()) now.hear(said);

    let { store, said } = await openStore({ folder });
    if (ageUnclaimedLocks(join(folder, 'states'))) ({ store, said } = await openStore({ folder }));
    const states = await store.saved(key);
    for (const state of states) expect(await isWhole(state)).toBe(true);
    expect(said).toEqual([]);
    for (const [id, positions] of now.saved) {
      if (now.changing.has(id)) continue;
      expect(states.find((state) => state.id === id)?.manifest.checkpoints.map(({ position }) => position)).toEqual(positions);
    }
    // Nothing is left lying about: per state its manifest and what that names.
    const named = states.flatMap(({ id, manifest }) =>
      ['manifest.json', ...manifest.checkpoints.map(({ file }) => file)].map((name) => join(id, name)),
    );
    const files = tree(join(folder, 'states')).filter(({ isFolder }) => !isFolder);
    expect(files.map(({ path }) => path).sort()).toEqual(named.map((name) => join(folder, 'states', name)).sort());
    expect(readdirSync(join(folder, 'states')).sort()).toEqual(states.map(({ id }) => id).sort());
    expected = new Map(states.map(({ id, manifest }) => [id, manifest.checkpoints.map(({ position }) => position)]));
    saves += now.saved.size;
  }
  return saves;
}

it('a process that saves and deletes, killed at fifty random moments, loses nothing that was saved', async () => {
  const saves = await Promise.all([1, 2, 3].map((seed) => killAgainAndAgain(seed, 17)));
  expect(Math.min(...saves)).toBeGreaterThan(10);
});
