/**
 * Files that a person pins, drops or has read again, in a real sidecar with the demo model. llama.cpp's own cache keeps
 * everything and lets no file be pinned or dropped, so these need Bonsai's engine. The layers are equal here: one that needs little
 * keeps fewer pins (layerSharing.test.ts).
 */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messages, type CacheMap, type FileActionParams, type ReadSummary } from '../../src/protocol';
import { failing, plan, root, start, until, type Client } from './client';
import { ReadOnce } from './readOnce';

const bounded = plan.engine === 'bonsai';
const small = 'src/bytes.ts';

let place: ReadOnce;
let repository: string;
let client: Client;

async function open(): Promise<void> {
  client = start();
  const storage = { folder: place.storage };
  await client.connection.sendRequest(messages.loadModel, { cache: { budget: 1024, allocator: 'uniform' }, threads: 1, storage });
}
async function restart(): Promise<void> {
  await client.stop();
  await open();
}
const read = () => client.read(repository);
const map = (options: { layer?: number; file?: string } = {}): Promise<CacheMap> =>
  client.connection.sendRequest(messages.cacheMap, { buckets: 8, ...options });
const act = (action: FileActionParams['action'], path = small) => client.connection.sendRequest(messages.fileAction, { path, action });
/** The newest version of a file. */
const inMap = ({ files }: CacheMap, path = small) => files.findLast((file) => file.path === path);
const source = (name: string, lines: number) =>
  Array.from({ length: lines }, (_, line) => `export const ${name}${line} = ['${name}', ${line * 7919}];\n`).join('');
/** Writes a file and reads what has changed; when that is done, it is saved as well. */
async function change(path: string, text: string): Promise<void> {
  writeFileSync(join(repository, path), text);
  expect((await read()).stopped).toBeUndefined();
}

async function openRead(): Promise<ReadSummary> {
  place.putSaved();
  await open();
  const summary = await read();
  expect(summary.restoredTokens).toBe(summary.tokens);
  return summary;
}

beforeAll(async () => {
  if (!bounded) return;
  place = new ReadOnce('file-actions');
  ({ repository } = place);
  // Several times what a layer holds; small files, and one that is larger than what pins may take.
  for (const name of ['bonsaiIgnore', 'dataLike', 'judge', 'listingOrder', 'minified', 'readNamedFile', 'readText', 'types', 'walkFiles'])
    cpSync(join(root, `src/repo/${name}.ts`), join(repository, `src/${name}.ts`));
  cpSync(join(root, 'test/fixtures/memory/bytes.ts'), join(repository, small));
  await place.keep(async () => {
    await open();
    await read();
    await client.connection.sendRequest(messages.shutdown);
    await client.stop();
  });
});
afterAll(() => {
  if (bounded) place.remove();
});
beforeEach(() => {
  if (bounded) place.putRepository();
});
afterEach(async () => {
  if (!bounded) return;
  await client.stop();
  place.clear();
});

describe.skipIf(!bounded)('a file in memory', () => {
  it('that is pinned keeps every token, whatever is read after it, also in its next version and after a restart', async () => {
    await openRead();
    // Two that fit the quarter of a layer that pins may take, and of which little is left.
    const [mine, other] = (await map()).files.filter(({ start, end, held }) => end - start < 150 && held < 0.9).map(({ path }) => path);
    const pinned = await act('pin', mine);
    expect(pinned.tokens).toBeGreaterThan(20);
    expect(pinned.note).toMatch(/pinned/);
    // Read once more as well, but not pinned.
    await act('reread', other);
    await change('src/more.ts', source('more', 150));
    const after = await map();
    expect(inMap(after, mine)).toMatchObject({ pinned: true, held: 1, replaced: false });
    expect(inMap(after, other)?.held).toBeLessThan(0.9);
    expect(inMap(after, other)).not.toHaveProperty('pinned');

    await restart();
    const again = await read();
    expect(again.restoredTokens).toBe(again.tokens);
    expect(inMap(await map(), mine)).toMatchObject({ pinned: true, held: 1 });
    await change(mine!, 'export const kilobyte = 1024;\nexport const megabyte = 1024 * kilobyte;\n');
    await change('src/yetMore.ts', source('yet', 150));
    expect(inMap(await map(), mine)).toMatchObject({ pinned: true, held: 1, replaced: false });
    expect((await act('unpin', mine)).note).toMatch(/no longer/);
    expect(inMap(await map(), mine)).not.toHaveProperty('pinned');
  });

  it('that is dropped is gone for the model and is not read again, not even after a restart, until it is restored', async () => {
    const first = await openRead();
    const dropped = await act('drop');
    expect(dropped.tokens).toBeGreaterThan(0);
    const after = await map();
    expect(after.dropped).toEqual([small]);
    expect(inMap(after)?.replaced).toBe(true);
    expect(await until(() => client.statuses.at(-1)?.repository?.files === first.files - 1, 5000)).toBe(true);

    await restart();
    const again = await read();
    expect(again).toMatchObject({ files: first.files - 1, restoredTokens: again.tokens });
    expect(again.skipped).toContainEqual({ path: small, reason: 'dropped by you' });
    expect((await client.read(repository, { again: true })).files).toBe(first.files - 1);
    expect((await failing(act('pin'))).message).toMatch(/was dropped; restore it first/);

    const restored = await act('restore');
    expect(restored.tokens).toBeGreaterThan(20);
    const last = await map();
    expect(last.dropped).toEqual([]);
    expect(inMap(last)).toMatchObject({ replaced: false, end: last.tokens });
  });

  it('that is read again stands last, once more', async () => {
    const first = await openRead();
    const before = inMap(await map())!;
    const { tokens, note } = await act('reread');
    expect(tokens).toBe(before.end - before.start);
    expect(note).toContain(small);
    const after = await map();
    expect(after.tokens).toBe(first.tokens + tokens);
    expect(after.files.filter(({ path }) => path === small).map(({ replaced }) => replaced)).toEqual([true, false]);
    expect(inMap(after)).toMatchObject({ end: after.tokens, held: 1 });
  });

  it('shows what it defines, each with its own tokens and the share of them that is held', async () => {
    await openRead();
    await act('reread');
    const { symbols, files } = await map({ file: small });
    const file = files.findLast(({ path }) => path === small)!;
    expect(symbols?.path).toBe(small);
    expect(symbols?.symbols.map(({ name }) => name)).toContain('formatBytes');
    for (const symbol of symbols?.symbols ?? []) {
      expect(symbol.start).toBeGreaterThan(file.start);
      expect(symbol.end).toBeLessThanOrEqual(file.end);
      expect(symbol.end).toBeGreaterThan(symbol.start);
      expect(symbol.held).toBe(1);
    }
    expect(await map({ file: 'src/nowhere.ts' })).not.toHaveProperty('symbols');
  });

  it('has one share for every layer, whose mean is what is said of all', async () => {
    await openRead();
    const mean = await map();
    const each = await Promise.all(mean.layers.map(({ layer }) => map({ layer })));
    for (const [i, file] of mean.files.entries()) {
      const shares = each.map(({ files }) => files[i]!.held);
      expect(file.held).toBeCloseTo(shares.reduce((sum, share) => sum + share, 0) / shares.length, 3);
    }
  });
});

describe.skipIf(!bounded)('nothing is done', () => {
  it('before a repository was read, to a file that is not there, or twice', async () => {
    await open();
    expect(await failing(act('pin'))).toMatchObject({ code: 'no-memory' });
    await client.read(repository, { maxTokens: 600 });
    expect(await failing(act('pin'))).toMatchObject({ code: 'no-memory', message: expect.stringMatching(/Resume reading/) as string });
    await read();
    expect(await failing(act('drop', 'src/nowhere.ts'))).toMatchObject({ code: 'bad-request' });
    expect(await failing(act('restore'))).toMatchObject({ code: 'bad-request', message: expect.stringMatching(/not dropped/) as string });
    expect(await failing(act('unpin'))).toMatchObject({ code: 'bad-request' });
    await act('pin');
    expect(await act('pin')).toMatchObject({ tokens: 0 });
  });

  it('to more than pins may take without a word about it', async () => {
    await openRead();
    expect((await act('pin', 'src/readText.ts')).note).toMatch(/[\d,]+ tokens are pinned; only [\d,]+ are sure to stay/);
  });
});
