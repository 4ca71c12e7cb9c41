/** Stores in temporary folders. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Manifest } from '../../../../../src/sidecar/memory/manifest';
import { type MemoryStore, openMemoryStore, type StoreOptions } from '../../../../../src/sidecar/memory/store';
import { content, engineState, key } from './checkedStates';

/** What a killed process has written, the system keeps, wherever it is; so no test need wait for a disk that syncs. */
const inMemory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(inMemory, 'bonsai-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** @returns the store, and all that it said */
export async function openStore(options: Partial<StoreOptions> = {}) {
  const said: string[] = [];
  const folder = options.folder ?? join(temporaryFolder(), 'memory');
  const store = await openMemoryStore({ folder, quotaBytes: 2 ** 30, log: (text, level) => said.push(`${level}: ${text}`), ...options });
  return { store, folder, said };
}

/** Saves a state with checkpoints at these positions, and closes it. @returns its id */
export async function saveState(store: MemoryStore, positions: readonly number[], bytes = 1000, of = key): Promise<string> {
  const { writer } = await store.begin(of);
  for (const position of positions) await writer!.checkpoint(position, engineState(bytes), [-0.5]);
  await writer!.save(content(positions.at(-1)!));
  await writer!.close();
  return writer!.id;
}

/** All files and folders below, with their permission bits. */
export function tree(folder: string): { path: string; mode: number; isFolder: boolean }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return { path, mode: statSync(path).mode & 0o777, isFolder: entry.isDirectory() };
  });
}

export function positionsOf(state: { manifest: Pick<Manifest, 'checkpoints'> } | undefined): number[] | undefined {
  return state?.manifest.checkpoints.map(({ position }) => position);
}

/** Ten seconds pass for locks whose holder was killed before it could say who it was. @returns whether there are any */
export function ageUnclaimedLocks(folder: string): boolean {
  const names = readdirSync(folder);
  const unclaimed = names.filter((name) => name.endsWith('.lock') && !names.includes(name.replace('.lock', '.owner')));
  const then = Date.now() / 1000 - 11;
  for (const name of unclaimed) utimesSync(join(folder, name), then, then);
  return unclaimed.length > 0;
}
