/** What a person may do with a file, without an engine: what is refused, and which overrides each action leaves. */
import { describe, expect, test } from 'vitest';
import type { FileActionParams } from '../../../../src/protocol';
import type { BonsaiError } from '../../../../src/sidecar/errors';
import type { Catalogue } from '../../../../src/sidecar/memory/catalogue';
import { FileOverrides } from '../../../../src/sidecar/memory/fileOverrides';
import { FileActions } from '../../../../src/sidecar/memory/fileActions';

interface Scene {
  engine?: 'bonsai' | 'stock';
  read?: boolean;
  complete?: boolean;
  reading?: boolean;
  policy?: string;
  /** Tokens of an older version that was pinned. */
  before?: number;
}

const folders = ['/acme'];

/** A repository of three files; two of them fit what can be pinned: a quarter of 1,056 - 256 entries. */
function memoryWith({ engine = 'bonsai', read = true, complete = true, reading = false, policy = 'hybrid', before = 0 }: Scene = {}) {
  const files = [
    { path: 'a.ts', hash: '1', tokens: 100 },
    { path: 'b.ts', hash: '2', tokens: 90 },
    { path: 'large.ts', hash: '3', tokens: 4000 },
  ];
  const all = { name: 'acme', folders, files, skipped: [] } as unknown as Catalogue;
  const overrides = new FileOverrides(() => Promise.resolve(undefined));
  const disk = {
    catalogue: all as Catalogue | undefined,
    lookAgain: async () => {
      disk.catalogue = await overrides.apply(all);
      return true;
    },
  };
  const appended: (readonly string[])[] = [];
  const memory = {
    ...{ name: read ? 'acme' : undefined, complete, reading },
    stats: { budgets: [1056, 2000] },
    /** As read: what is pinned now, and an older version that was. */
    get files() {
      const now = disk.catalogue!.files.map(({ path, tokens, pinned }) => ({ path, start: 0, end: tokens, replaced: false, pinned }));
      return [...now, { path: 'a.ts', start: 0, end: before, replaced: true, pinned: true }];
    },
    append: (again: readonly string[]) => {
      appended.push(again);
      return Promise.resolve(7);
    },
  };
  const loaded = { sequences: { background: engine === 'bonsai' ? {} : undefined }, cache: { policy }, chunk: 256 };
  const parts = { loaded, disk, overrides } as unknown as ConstructorParameters<typeof FileActions>[0];
  const subject = new FileActions(parts, memory as unknown as ConstructorParameters<typeof FileActions>[1]);
  const act = (action: FileActionParams['action'], path = 'a.ts') => subject.apply({ path, action });
  const refused = (action: FileActionParams['action'], path?: string) =>
    act(action, path).then(
      () => undefined,
      (error: unknown) => `${(error as BonsaiError).code}: ${(error as BonsaiError).message}`,
    );
  return { act, refused, overrides: () => overrides.of(folders), catalogue: () => disk.catalogue!, appended };
}

describe('refused in a sentence', () => {
  test.each<[string, Scene, RegExp]>([
    ["llama.cpp's own cache", { engine: 'stock' }, /^bad-request: llama\.cpp's own cache .* bonsai\.engine/],
    ['while reading', { reading: true }, /^busy: .* Wait for it/],
    ['before a reading', { read: false }, /^no-memory: /],
    ['after a stop', { complete: false }, /^no-memory: acme .* Resume reading/],
  ])('%s', async (_, scene, sentence) => {
    const { refused, appended } = memoryWith(scene);
    for (const action of ['pin', 'unpin', 'drop', 'restore', 'reread'] as const) expect(await refused(action)).toMatch(sentence);
    expect(appended).toEqual([]);
  });

  test('a file that is not there, and what is not so', async () => {
    const { refused, act } = memoryWith();
    expect(await refused('pin', 'nowhere.ts')).toBe('bad-request: nowhere.ts is no file that Bonsai reads here.');
    expect(await refused('unpin')).toBe('bad-request: a.ts is not pinned.');
    expect(await refused('restore')).toMatch(/was not dropped/);
    await act('drop');
    expect(await refused('pin')).toMatch(/was dropped; restore it first/);
    await act('drop', 'b.ts');
    expect(await refused('drop', 'large.ts')).toMatch(/the only file/);
  });
});

test('a pin is a mark that the file carries from the next look on, until it is taken away', async () => {
  const { act, overrides, catalogue, appended } = memoryWith();
  expect(await act('pin')).toEqual({ tokens: 7, note: 'a.ts is pinned.' });
  expect(overrides()).toEqual({ pinned: ['a.ts'], dropped: [] });
  expect(catalogue().files.map(({ pinned }) => pinned)).toEqual([true, undefined, undefined]);
  expect(await act('pin')).toMatchObject({ tokens: 0 });
  expect(appended).toEqual([[]]);
  await act('unpin');
  expect(catalogue().files.some(({ pinned }) => pinned)).toBe(false);
});

test('a dropped file is skipped with its reason, and restored it is pinned as before', async () => {
  const { act, overrides, catalogue } = memoryWith();
  await act('pin');
  await act('drop');
  expect(overrides()).toEqual({ pinned: ['a.ts'], dropped: ['a.ts'] });
  expect(catalogue().files.map(({ path }) => path)).toEqual(['b.ts', 'large.ts']);
  expect(catalogue().skipped).toEqual([{ path: 'a.ts', reason: 'dropped by you' }]);
  await act('restore');
  expect(catalogue().files).toHaveLength(3);
  expect(catalogue().files.find(({ path }) => path === 'a.ts')).toMatchObject({ pinned: true });
  expect(catalogue().skipped).toEqual([]);
});

test('more than pins may take is said, with both numbers; a cache that drops nothing has no such limit', async () => {
  const { act } = memoryWith();
  expect((await act('pin', 'b.ts')).note).toBe('b.ts is pinned.');
  expect((await act('pin', 'large.ts')).note).toMatch(/4,090 tokens are pinned; only 200 are sure to stay\.$/);
  expect((await memoryWith({ before: 90 }).act('pin')).note).toBe('a.ts is pinned.');
  expect((await memoryWith({ before: 150 }).act('pin')).note).toMatch(/250 tokens are pinned/);
  expect((await memoryWith({ policy: 'full' }).act('pin', 'large.ts')).note).toBe('large.ts is pinned.');
});

test('what is read again is named, although it has not changed', async () => {
  const { act, appended } = memoryWith();
  await act('reread');
  expect(appended).toEqual([['a.ts']]);
});

test('overrides are those that were saved, for these folders alone, and what is changed meanwhile stays', async () => {
  let asked = 0;
  const overrides = new FileOverrides((asking) => {
    asked++;
    return Promise.resolve(asking[0] === '/acme' ? { pinned: ['a.ts'], dropped: [] } : undefined);
  });
  expect(overrides.of(folders)).toEqual({ pinned: [], dropped: [] });
  expect(await overrides.load(folders)).toEqual({ pinned: ['a.ts'], dropped: [] });
  expect(await overrides.load(['/other'])).toEqual({ pinned: [], dropped: [] });
  overrides.set(folders, { pinned: [], dropped: ['b.ts'] });
  expect(await overrides.load(folders)).toEqual({ pinned: [], dropped: ['b.ts'] });
  expect(asked).toBe(2);
});
