/** A memory that is saved inside the repository it is of: not read with it, not committed, and nothing of the person's hidden. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listRepository } from '../../../../../src/repo';
import { openMemoryStore } from '../../../../../src/sidecar/memory/store';
import { gitIn } from '../../../repo/sandbox';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'bonsai-inside-')));
  writeFileSync(join(root, 'a.ts'), 'const a = 1;\n');
});
afterEach(() => rmSync(root, { recursive: true }));

const open = (folder: string) => openMemoryStore({ folder, quotaBytes: 1e6, log: () => undefined });
const listed = async () => (await listRepository(root)).files.map(({ path }) => path);

it.each([true, false])('it is not of the repository (git: %s)', async (git) => {
  if (git) gitIn(root, 'init', '-q');
  const store = await open(join(root, 'memory'));
  const facts = await store.facts('model');
  facts.set('hash', { tokens: 5 });
  await facts.save();
  expect(await listed()).toEqual(['a.ts']);
  if (git) expect(gitIn(root, 'status', '--porcelain')).toBe('?? a.ts\n');
  await store.close();
});

it('a folder that holds other things keeps them', async () => {
  await open(root);
  expect(existsSync(join(root, '.gitignore'))).toBe(false);
  writeFileSync(join(root, '.gitignore'), 'mine\n');
  await open(root);
  expect(readFileSync(join(root, '.gitignore'), 'utf8')).toBe('mine\n');
  expect(await listed()).toContain('a.ts');
});
