/** Objects on their way: to a folder and to a real S3 server and back, whole, signed, and only those that are missing. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { exportObjects, importObjects } from '../../../../src/cli/archive/exchange';
import { ownKey, trustedKeys, type OwnKey, type TrustedKeys } from '../../../../src/cli/archive/keys';
import { signatureName } from '../../../../src/cli/archive/names';
import { openStore } from '../../../../src/cli/archive/openStore';
import { S3Store } from '../../../../src/cli/archive/s3Store';
import type { SharedStore } from '../../../../src/cli/archive/sharedStore';
import { signatureOf } from '../../../../src/cli/archive/signature';
import { messageOf } from '../../../../src/protocol/messageOf';
import { verifyArchive } from '../../../../src/sidecar/archive/archive';
import { bucket, credentials, ObjectStore } from './objectStore';
import { contentsOf, fill } from './objects';

const server = new ObjectStore();
let endpoint: string;
let folder: string;
let archive: string;
let other: string;
let key: OwnKey;
let trusted: TrustedKeys;
let prefix = 0;
const signal = new AbortController().signal;
/** The server's own user, and nothing of whoever runs the tests. */
const stubUsual = () => {
  for (const [name, value] of Object.entries({ ...credentials, AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent' }))
    vi.stubEnv(name, value);
  for (const name of ['AWS_PROFILE', 'AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, undefined);
};

beforeAll(async () => {
  endpoint = await server.start();
  stubUsual();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.stop();
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-exchange-'));
  [archive, other] = ['archive', 'other'].map((name) => join(folder, name)) as [string, string];
  await fill(archive, [1, 2, 3]);
  key = await ownKey(join(folder, 'key.pem'));
  trusted = await trustedKeys([key.publicText]);
  server.manners = {};
  server.asked.length = 0;
  prefix++;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const names = () => Object.keys(contentsOf(archive)).sort();
const bring = (store: SharedStore, keys: TrustedKeys | 'everybody' = trusted, to = other) =>
  importObjects(store, to, keys === 'everybody' ? undefined : keys, { signal });
const take = (store: SharedStore, from = archive, by = key) => exportObjects(from, store, by, { signal });

const places = {
  folder: () => ({ address: join(folder, 'shared'), endpoint: undefined }),
  bucket: () => ({ address: `s3://${bucket}/team/${prefix}`, endpoint }),
};
/** What lies in a store, put and looked at past our own code. */
const inside = {
  folder: {
    put: (name: string, content: Uint8Array) => writeFile(join(folder, 'shared', name), content),
    get: (name: string) => readFile(join(folder, 'shared', name)),
    remove: (name: string) => rm(join(folder, 'shared', name)),
  },
  bucket: {
    put: (name: string, content: Uint8Array) => server.put(`team/${prefix}/${name}`, content),
    get: (name: string) => server.get(`team/${prefix}/${name}`),
    remove: (name: string) => server.remove(`team/${prefix}/${name}`),
  },
};

describe.each(['folder', 'bucket'] as const)('a %s', (place) => {
  let store: SharedStore;
  const { put, get, remove } = inside[place];
  beforeEach(async () => {
    const { address, endpoint } = places[place]();
    store = await openStore(address, endpoint);
  });
  afterEach(() => store.close());

  it('brings back the same bytes, private, and takes nothing twice', async () => {
    const before = names();
    const seen: number[] = [];
    const taken = await exportObjects(archive, store, key, { signal, onProgress: ({ objects }) => seen.push(objects) });
    expect(taken).toMatchObject({ copied: 3, there: 0, leftOut: [] });
    expect(seen).toEqual([1, 2, 3]);
    expect((await store.list(signal)).size).toBe(6);
    expect(await bring(store)).toMatchObject({ copied: 3, there: 0, leftOut: [], bytes: taken.bytes });
    expect(contentsOf(other)).toEqual(contentsOf(archive));
    if (process.platform !== 'win32') for (const name of before) expect(statSync(join(other, name)).mode & 0o777).toBe(0o600);
    // Only the list is asked for.
    server.asked.length = 0;
    expect(await take(store)).toMatchObject({ copied: 0, there: 3, bytes: 0 });
    expect(await bring(store)).toMatchObject({ copied: 0, there: 3 });
    expect(server.asked.map(({ method, key: asked }) => [method, asked])).toEqual(place === 'bucket' ? Array(2).fill(['GET', '']) : []);
    // One more, and it alone.
    await fill(archive, [4]);
    expect(await take(store)).toMatchObject({ copied: 1, there: 3 });
    expect(await bring(store)).toMatchObject({ copied: 1, there: 3 });
  });

  it('takes only what is signed by somebody who is trusted, and says why not the rest', async () => {
    const stranger = await ownKey(join(folder, 'stranger.pem'));
    await take(store);
    const [altered, unsigned, moved] = names() as [string, string, string];
    const bytes = await get(altered);
    bytes[bytes.length - 1]! ^= 1;
    await put(altered, bytes);
    await remove(signatureName(unsigned, key.id));
    // A right signature, of another object's name.
    await put(signatureName(moved, key.id), await get(signatureName(altered, key.id)));
    await fill(join(folder, 'strangers'), [5]);
    await take(store, join(folder, 'strangers'), stranger);
    const { copied, leftOut } = await bring(store);
    expect(copied).toBe(0);
    const reasons = Object.fromEntries(leftOut.map(({ path, reason }) => [path.slice(store.address.length + 1), reason]));
    expect(reasons).toMatchObject({
      [altered]: 'its bytes are not those that were signed',
      [unsigned]: 'it is not signed',
      [moved]: 'its signature is wrong: it was changed, or made for another object',
    });
    expect(Object.values(reasons).sort()[3]).toBe('nobody whom you trust has signed it');
    expect(existsSync(other) ? contentsOf(other) : {}).toEqual({});
    // With the stranger's key what the stranger signed comes, and nothing else.
    expect(await bring(store, await trustedKeys([stranger.publicText]))).toMatchObject({ copied: 1 });
    // Whoever trusts everybody still gets no object that is damaged.
    expect(await bring(store, 'everybody')).toMatchObject({
      copied: 2,
      there: 1,
      leftOut: [{ reason: expect.stringContaining('checksum') as string }],
    });
    expect(await verifyArchive(other)).toEqual([]);
    // What lost its signature gets one when it is exported again.
    expect(await take(store)).toMatchObject({ copied: 1, there: 2 });
  });

  it('a signature under the name of another signer is none', async () => {
    const stranger = await ownKey(join(folder, 'stranger.pem'));
    await take(store);
    const [name] = names();
    await put(signatureName(name!, key.id), signatureOf(name!, await get(name!), stranger));
    for (const text of ['', 'null', '{"version":1}', '{"version":1,"sha256":"00","signature":"x"}', 'x'.repeat(5000)]) {
      expect((await bring(store)).leftOut).toMatchObject([
        { path: `${store.address}/${name}`, reason: expect.stringContaining('wrong') as string },
      ]);
      await put(signatureName(name!, key.id), Buffer.from(text));
    }
  });

  it('what is no object, or lies elsewhere, never becomes a file', async () => {
    await take(store);
    const [name] = names();
    await put('README.md', Buffer.from('hello'));
    await put('stray.kv', await get(name!));
    expect(await bring(store)).toMatchObject({
      copied: 3,
      leftOut: [{ path: `${store.address}/stray.kv`, reason: 'it does not lie where an object lies' }],
    });
    expect(Object.keys(contentsOf(other))).toHaveLength(3);
  });

  it('a damaged object of the own archive is not passed on', async () => {
    const [name] = names();
    writeFileSync(join(archive, name!), readFileSync(join(archive, name!)).subarray(0, -1));
    expect(await take(store)).toMatchObject({ copied: 2, leftOut: [{ path: `${archive}/${name}` }] });
    expect((await store.list(signal)).has(name!)).toBe(false);
  });

  it('with nothing in it says so', async () => {
    await expect(bring(store)).rejects.toMatchObject({ code: 'folder-missing' });
    await expect(take(store, join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'folder-missing' });
  });

  it('that is left off in the middle has whole objects only, on both sides', async () => {
    const stop = new AbortController();
    const stopping = { signal: stop.signal, onProgress: () => stop.abort(new Error('stopped')) };
    await fill(archive, [4, 5, 6, 7, 8, 9, 10, 11, 12]);
    await expect(exportObjects(archive, store, key, stopping)).rejects.toThrow('stopped');
    const listed = [...(await store.list(signal)).keys()].filter((name) => name.endsWith('.kv'));
    expect(listed.length).toBeLessThan(12);
    expect(await bring(store)).toMatchObject({ copied: listed.length, leftOut: [] });
    expect(await take(store)).toMatchObject({ copied: 12 - listed.length });
    const again = new AbortController();
    const third = join(folder, 'third');
    await expect(
      importObjects(store, third, trusted, { signal: again.signal, onProgress: () => again.abort(new Error('stopped')) }),
    ).rejects.toThrow('stopped');
    expect(Object.keys(contentsOf(third)).filter((name) => !name.endsWith('.kv'))).toEqual([]);
    expect(await verifyArchive(third)).toEqual([]);
    await bring(store, trusted, third);
    expect(contentsOf(third)).toEqual(contentsOf(archive));
  });
});

describe('a bucket', () => {
  let store: SharedStore;
  beforeEach(async () => {
    store = await openStore(places.bucket().address, endpoint);
  });
  afterEach(() => store.close());
  const isObject = ({ method, key: asked }: { method: string; key: string }) => method === 'GET' && asked.endsWith('.kv');

  it('goes on where a body broke off, and gives up when no more comes', async () => {
    await take(store);
    let breaks = 0;
    server.manners = { breakAfter: (asked) => (isObject(asked) && breaks++ < 2 ? 7000 : undefined) };
    expect(await bring(store)).toMatchObject({ copied: 3, leftOut: [] });
    expect(breaks).toBeGreaterThan(3);
    expect(contentsOf(other)).toEqual(contentsOf(archive));
    server.manners = { breakAfter: (asked) => (isObject(asked) ? 0 : undefined) };
    const third = join(folder, 'third');
    await expect(bring(store, trusted, third)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringMatching(/\.kv broke off after 0 of \d+ bytes, 3 times/) as string,
    });
    expect(contentsOf(third)).toEqual({});
  });

  it('is listed to the end, however many names come at once', async () => {
    await fill(archive, [4, 5, 6, 7]);
    await take(store);
    server.manners = { page: 3 };
    server.asked.length = 0;
    expect(await bring(store)).toMatchObject({ copied: 7 });
    expect(server.asked.filter(({ key: asked }) => asked === '')).toHaveLength(5);
  });

  it('that falls silent is asked again, and left at once when it is stopped', async () => {
    await take(store);
    const impatient = new S3Store({ bucket, prefix: `team/${prefix}`, endpoint, silence: 300 });
    let stalls = 0;
    server.manners = { stallAfter: (asked) => (isObject(asked) && stalls++ === 0 ? 5000 : undefined) };
    expect(await bring(impatient)).toMatchObject({ copied: 3 });
    impatient.close();
    const stop = new AbortController();
    server.manners = {
      stallAfter: (asked) => {
        if (!isObject(asked)) return undefined;
        setTimeout(() => stop.abort(new Error('stopped')), 50);
        return 5000;
      },
    };
    // The store itself would wait for a minute.
    const begun = performance.now();
    const third = join(folder, 'third');
    await expect(importObjects(store, third, trusted, { signal: stop.signal })).rejects.toThrow('stopped');
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(contentsOf(third)).toEqual({});
  });

  it('what is taken away between the list and the asking is left out', async () => {
    await take(store);
    const [object, signature] = names() as [string, string];
    const away = [object, signatureName(signature, key.id)].map((name) => `team/${prefix}/${name}`);
    server.manners = { refuse: ({ key: asked }) => (away.includes(asked) ? { status: 404, code: 'NoSuchKey' } : undefined) };
    const { copied, leftOut } = await bring(store);
    expect([copied, leftOut.map(({ reason }) => reason)]).toEqual([1, ['it is gone', 'it is gone']]);
  });

  it('a body that is shorter or longer than the list says is left out', async () => {
    await take(store);
    const sizes = new Map(await store.list(signal));
    const [shorter, longer] = names() as [string, string];
    server.manners = {
      list: (xml) =>
        xml.replaceAll(/<Contents>.*?<\/Contents>/gs, (entry) =>
          [shorter, longer].reduce(
            (text, name, i) =>
              text.includes(`${name}<`) ? text.replace(/<Size>\d+/, `<Size>${sizes.get(name)! + (i === 0 ? -1 : 5)}`) : text,
            entry,
          ),
        ),
    };
    const { copied, leftOut } = await bring(store);
    expect([copied, leftOut.map(({ reason }) => reason).sort()]).toEqual([
      1,
      [
        `it has ${sizes.get(longer)} bytes instead of ${sizes.get(longer)! + 5}`,
        `it is longer than the ${sizes.get(shorter)! - 1} bytes that were announced`,
      ],
    ]);
    expect(await verifyArchive(other)).toEqual([]);
  });

  it('names that lead out of the archive are left alone', async () => {
    await take(store);
    const [name] = names();
    server.manners = { list: (xml) => xml.replaceAll(`/${name}<`, '/../../outside.kv<') };
    server.asked.length = 0;
    const { copied, leftOut } = await bring(store);
    expect([copied, leftOut]).toEqual([2, [{ path: `${store.address}/../../outside.kv`, reason: 'it does not lie where an object lies' }]]);
    expect(server.asked.filter((asked) => asked.key.includes('outside'))).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['archive', 'key.pem', 'other']);
  });

  it.each([
    ['a bucket that is not there', () => `s3://nobody/x`, {}, 'folder-missing', 'has no bucket for s3://nobody/x'],
    ['no right to list', undefined, { refuse: () => ({ status: 403, code: 'AccessDenied' }) }, 'storage', 'refuses access to'],
    ['a login that is too old', undefined, { refuse: () => ({ status: 400, code: 'ExpiredToken' }) }, 'storage', 'has expired'],
    ['a fault of the store', undefined, { refuse: () => ({ status: 400, code: 'Strange' }) }, 'storage', 'Strange: no'],
  ] as const)('%s is said', async (_, address, manners, code, message) => {
    server.manners = manners;
    const asked = await openStore(address?.() ?? places.bucket().address, endpoint);
    for (const work of [take, bring])
      await expect(work(asked)).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
    asked.close();
  });

  it('no right to write is said, and nothing is there', async () => {
    server.manners = { refuse: ({ method }) => (method === 'PUT' ? { status: 403, code: 'AccessDenied' } : undefined) };
    await expect(take(store)).rejects.toMatchObject({ message: expect.stringContaining('the right to list and to write') as string });
    expect((await store.list(signal)).size).toBe(0);
  });

  it('a key that the store does not know, none at all, and a store that is not there are said', async () => {
    const failing = async (env: Record<string, string | undefined>, where = endpoint) => {
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
      const asked = await openStore(`s3://${bucket}/x`, where);
      const said = await take(asked).then(
        () => 'nothing',
        (error: unknown) => messageOf(error),
      );
      asked.close();
      vi.unstubAllEnvs();
      stubUsual();
      return said;
    };
    expect(await failing({ AWS_ACCESS_KEY_ID: 'SOMEBODY' })).toContain('(InvalidAccessKeyId)');
    expect(await failing({ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined })).toContain('There are no credentials for');
    expect(await failing({}, 'http://127.0.0.1:9')).toContain('http://127.0.0.1:9 cannot be reached (ECONNREFUSED)');
  });
});

describe('an address', () => {
  it.each(['gs://bucket', 's3://', 's3://b', 's3://team/../x', 'https://example.org/x'])('%s is none', async (address) => {
    await expect(openStore(address)).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('an endpoint is for buckets, and whole', async () => {
    await expect(openStore(folder, endpoint)).rejects.toMatchObject({ code: 'bad-request' });
    for (const wrong of ['localhost:9000', 'minio', 'ftp://x'])
      await expect(openStore('s3://team', wrong)).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('of a bucket is shown without slashes at its end, and found again', async () => {
    const store = await openStore(`s3://${bucket}//a//${prefix}/`, endpoint);
    expect(store.address).toBe(`s3://${bucket}/a/${prefix}`);
    await take(store);
    expect((await server.keys()).filter((name) => name.startsWith(`a/${prefix}/`))).toHaveLength(6);
    // One prefix is not the beginning of another.
    const near = await openStore(`s3://${bucket}/a/${String(prefix).slice(0, -1)}`, endpoint);
    expect([...(await near.list(signal)).keys()].filter((name) => !name.includes('/'))).toEqual([]);
    for (const each of [store, near]) each.close();
  });
});

it('what is already in the archive is not replaced by what is in a store', async () => {
  const store = await openStore(places.folder().address);
  await take(store);
  cpSync(archive, other, { recursive: true });
  const [name] = names();
  writeFileSync(join(other, name!), 'mine');
  expect(await bring(store)).toMatchObject({ copied: 0, there: 3 });
  expect(readFileSync(join(other, name!), 'utf8')).toBe('mine');
});
