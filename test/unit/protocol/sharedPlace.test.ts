import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { canonical, sharedAddress, sharedBase, sharedKey, type SharedIdentity } from '../../../src/protocol/sharedPlace';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bonsai-place-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const identity: SharedIdentity = { engine: 'bonsai', folders: ['/work/a'], load: { modelPath: '/m.gguf', gpu: 'off', threads: 2 } };

it('everything that would make it another model or another memory makes it another sidecar', () => {
  const { load } = identity;
  const others: SharedIdentity[] = [
    { ...identity, engine: 'stock' },
    { ...identity, folders: ['/work/b'] },
    { ...identity, folders: ['/work/a', '/work/b'] },
    { ...identity, folders: [] },
    { ...identity, load: { ...load, modelPath: '/n.gguf' } },
    { ...identity, load: { ...load, threads: 3 } },
    { ...identity, load: { ...load, gpu: 'auto' } },
    { ...identity, load: { ...load, chunk: 64 } },
    { ...identity, load: { ...load, cache: { budget: 512 } } },
    { ...identity, load: { ...load, storage: { save: false } } },
  ];
  const keys = [sharedKey(identity), sharedKey(identity, '/another/cache'), ...others.map((each) => sharedKey(each))];
  expect(new Set(keys).size).toBe(keys.length);
  const same = { folders: ['/work/a/'], load: { threads: 2, gpu: 'off', modelPath: '/m.gguf' }, engine: 'bonsai' } as const;
  expect(sharedKey(same)).toBe(sharedKey(identity));
});

it('the order in which something is said does not matter, but that of a list does', () => {
  expect(canonical({ b: 1, a: { d: [2, 1], c: undefined } })).toBe('{"a":{"d":[2,1]},"b":1}');
});

it('the folder is private, also when it was not before', async () => {
  const base = await sharedBase('key', join(folder, 'cache/bonsai'));
  expect(base).toBe(join(folder, 'cache/bonsai/run/key'));
  const run = join(folder, 'cache/bonsai/run');
  expect(lstatSync(run).mode & 0o777).toBe(0o700);
  chmodSync(run, 0o777);
  await sharedBase('key', join(folder, 'cache/bonsai'));
  expect(lstatSync(run).mode & 0o777).toBe(0o700);
});

it('a path that is too long for a socket gives way to the folder for temporary files', async () => {
  const long = join(folder, 'x'.repeat(100));
  const temporary = join(folder, 't');
  mkdirSync(temporary);
  const base = await sharedBase('0123456789abcdef', long, temporary);
  expect(base.startsWith(join(temporary, 'bonsai-'))).toBe(true);
  expect(Buffer.byteLength(`${base}.sock`)).toBeLessThan(104);
  await expect(sharedBase('0123456789abcdef', long, long)).rejects.toThrow('too long');
});

it('a link, a file or the folder of another user is refused', async () => {
  symlinkSync(tmpdir(), join(folder, 'run'));
  await expect(sharedBase('key', folder)).rejects.toThrow('is not a folder');
  rmSync(join(folder, 'run'));
  writeFileSync(join(folder, 'run'), '');
  await expect(sharedBase('key', folder)).rejects.toThrow('is not a folder');
});

it.skipIf(process.getuid?.() === undefined)('so is one that belongs to somebody else', async () => {
  await sharedBase('key', folder);
  const { getuid } = process;
  process.getuid = () => 12345;
  try {
    await expect(sharedBase('key', folder)).rejects.toThrow('belongs to another user');
  } finally {
    if (getuid) process.getuid = getuid;
  }
});

it('a pipe has a name that only its owner can read, the same for all clients', async () => {
  const base = await sharedBase('key', folder);
  const address = await sharedAddress(base, 'win32');
  expect(address).toMatch(/^\\\\\.\\pipe\\bonsai-[0-9a-f]{32}$/);
  expect(await sharedAddress(base, 'win32')).toBe(address);
  expect(readdirSync(join(folder, 'run'))).toEqual(['key.pipe']);
  expect(lstatSync(`${base}.pipe`).mode & 0o777).toBe(0o600);
  writeFileSync(`${base}.pipe`, '../../evil');
  await expect(sharedAddress(base, 'win32')).rejects.toThrow('is damaged');
});
