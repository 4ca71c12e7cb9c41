/**
 * Objects of the archive go to a shared store and come back under the same names: listed once, and only what is missing on the
 * other side moves. Whatever stops it, each side has whole objects: a file gets its name when it is complete and checked, and an
 * object gets there after its signature, so none is there that nobody signed for longer than it takes to say so.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { damageOf } from '../../sidecar/archive/archive';
import { BonsaiError } from '../../sidecar/errors';
import { errorCode, makePrivateFolder, whyNot, writeFileBy } from '../../sidecar/privateFiles';
import { FolderStore } from './folderStore';
import type { OwnKey, TrustedKeys } from './keys';
import { isObjectName, looksLikeObject, signatureName, signedNames } from './names';
import { Gone, type SharedStore } from './sharedStore';
import { longestSignature, signatureOf, vouchedSha256 } from './signature';

/** Objects on their way at once: of a large model, each is some dozen megabytes in memory while it is sent. */
const atOnce = 4;

export interface Exchanged {
  copied: number;
  /** Of those. */
  bytes: number;
  /** On the other side already. */
  there: number;
  leftOut: { path: string; reason: string }[];
}

export interface ExchangeProgress {
  /** Of what is missing on the other side. */
  objects: number;
  ofObjects: number;
  bytes: number;
  ofBytes: number;
}

export interface ExchangeWork {
  signal: AbortSignal;
  onProgress?: (progress: ExchangeProgress) => void;
}

/** Why one object is not taken, in words that end a sentence. */
class LeftOut extends Error {}

/**
 * @param archive its folder
 * @throws BonsaiError `folder-missing` where the archive is empty; what the store throws; the signal's reason when stopped
 */
export async function exportObjects(archive: string, store: SharedStore, key: OwnKey, work: ExchangeWork): Promise<Exchanged> {
  const { signal } = work;
  const own = objectsOf(await new FolderStore(archive).list(signal), archive);
  const listed = await store.list(signal);
  // What nobody signed is replaced by what this person signs.
  const signed = signedNames(listed.keys());
  return exchange(
    own,
    archive,
    (name) => listed.has(name) && signed.has(name),
    work,
    async (name, running) => {
      const path = join(archive, name);
      const reason = await damageOf(path);
      if (reason !== undefined) throw new LeftOut(reason);
      const object = await readFile(path).catch((error: unknown) => {
        throw new LeftOut(errorCode(error) === 'ENOENT' ? 'it is gone' : whyNot(error));
      });
      await store.write(signatureName(name, key.id), signatureOf(name, object, key), running);
      await store.write(name, object, running);
    },
  );
}

/**
 * @param trusted whose signatures count; undefined: everything whole is taken, whoever wrote it
 * @throws BonsaiError `folder-missing` where the store has no objects, `storage` where the archive cannot be written; what the store
 * throws; the signal's reason when stopped
 */
export async function importObjects(
  store: SharedStore,
  archive: string,
  trusted: TrustedKeys | undefined,
  work: ExchangeWork,
): Promise<Exchanged> {
  const { signal } = work;
  const listed = await store.list(signal);
  const offered = objectsOf(listed, store.address);
  const signed = signedNames(listed.keys());
  const own = await new FolderStore(archive).list(signal);
  return exchange(
    offered,
    store.address,
    (name) => own.has(name),
    work,
    async (name, running) => {
      const vouched = trusted && (await vouchedFor(store, name, { listed, signed, trusted }, running));
      const target = join(archive, name);
      try {
        await mkdir(dirname(archive), { recursive: true });
        for (const folder of [archive, dirname(target)]) await makePrivateFolder(folder);
        await writeFileBy(target, async (part) => {
          const sha256 = await download(store, { name, bytes: listed.get(name) ?? 0, to: part }, running);
          if (vouched && !vouched.has(sha256)) throw new LeftOut('its bytes are not those that were signed');
          const reason = await damageOf(part);
          if (reason !== undefined) throw new LeftOut(reason);
        });
      } catch (error) {
        running.throwIfAborted();
        if (error instanceof LeftOut || error instanceof Gone || error instanceof BonsaiError) throw error;
        throw new BonsaiError(
          'storage',
          `${target} could not be written: ${whyNot(error)}. What has come stays; make room and type it again.`,
          {
            cause: error,
          },
        );
      }
    },
  );
}

/** @throws BonsaiError `folder-missing` */
function objectsOf(listed: ReadonlyMap<string, number>, address: string): Map<string, number> {
  const objects = new Map([...listed].filter(([name]) => looksLikeObject(name)));
  if (objects.size === 0) throw new BonsaiError('folder-missing', `${address} holds no objects of an archive.`);
  return objects;
}

/** @returns the SHA-256 of the bytes that people who are trusted vouch for @throws LeftOut where there are none */
async function vouchedFor(
  store: SharedStore,
  name: string,
  { listed, signed, trusted }: { listed: ReadonlyMap<string, number>; signed: ReadonlySet<string>; trusted: TrustedKeys },
  signal: AbortSignal,
): Promise<Set<string>> {
  const beside = [...trusted].flatMap(([id, key]) => {
    const bytes = listed.get(signatureName(name, id));
    return bytes === undefined ? [] : [{ id, key, bytes }];
  });
  if (beside.length === 0) throw new LeftOut(signed.has(name) ? 'nobody whom you trust has signed it' : 'it is not signed');
  const vouched = new Set<string>();
  for (const { id, key, bytes } of beside) {
    if (bytes > longestSignature) continue;
    const text = await textOf(store, signatureName(name, id), bytes, signal);
    const sha256 = text === undefined ? undefined : vouchedSha256(name, text, key);
    if (sha256 !== undefined) vouched.add(sha256);
  }
  if (vouched.size === 0) throw new LeftOut('its signature is wrong: it was changed, or made for another object');
  return vouched;
}

/** @returns undefined where it is longer than a signature @throws Gone */
async function textOf(store: SharedStore, name: string, bytes: number, signal: AbortSignal): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of store.read(name, bytes, signal)) {
    if ((length += chunk.length) > longestSignature) return undefined;
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString();
}

/** @returns the SHA-256 of what was written @throws LeftOut where it is not as long as listed */
async function download(
  store: SharedStore,
  { name, bytes, to }: { name: string; bytes: number; to: string },
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  let length = 0;
  const content = async function* () {
    for await (const chunk of store.read(name, bytes, signal)) {
      length += chunk.length;
      if (length > bytes) throw new LeftOut(`it is longer than the ${bytes} bytes that were announced`);
      hash.update(chunk);
      yield chunk;
    }
  };
  await writeFile(to, content(), { signal });
  if (length < bytes) throw new LeftOut(`it has ${length} bytes instead of ${bytes}`);
  return hash.digest('hex');
}

/** Some at once; after the first failure nothing new begins, and what has begun is stopped. */
async function exchange(
  objects: ReadonlyMap<string, number>,
  from: string,
  isThere: (name: string) => boolean,
  { signal, onProgress }: ExchangeWork,
  one: (name: string, signal: AbortSignal) => Promise<void>,
): Promise<Exchanged> {
  const result: Exchanged = { copied: 0, bytes: 0, there: 0, leftOut: [] };
  const leaveOut = (name: string, reason: string) => void result.leftOut.push({ path: `${from}/${name}`, reason });
  const missing: [name: string, bytes: number][] = [];
  for (const [name, bytes] of objects) {
    if (!isObjectName(name)) leaveOut(name, 'it does not lie where an object lies');
    else if (isThere(name)) result.there++;
    else missing.push([name, bytes]);
  }
  const done: ExchangeProgress = {
    objects: 0,
    ofObjects: missing.length,
    bytes: 0,
    ofBytes: missing.reduce((sum, [, bytes]) => sum + bytes, 0),
  };
  const failed = new AbortController();
  const running = AbortSignal.any([signal, failed.signal]);
  const move = async ([name, bytes]: [string, number]) => {
    if (running.aborted) return;
    try {
      await one(name, running);
      result.copied++;
      result.bytes += bytes;
    } catch (error) {
      if (error instanceof LeftOut || error instanceof Gone) leaveOut(name, error.message);
      else failed.abort(error);
    }
    done.objects++;
    done.bytes += bytes;
    onProgress?.({ ...done });
  };
  await pLimit(atOnce).map(missing, move);
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
  return result;
}
