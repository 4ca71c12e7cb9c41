/** `bonsai archive`: what is kept of files that were read, looked at, checked, made smaller, and taken to another machine. No model is needed. */
import { resolve } from 'node:path';
import { counted, exactCount, shortBytes } from '../../protocol/numbers';
import { archiveStats, prune, verifyArchive } from '../../sidecar/archive/archive';
import { BonsaiError } from '../../sidecar/errors';
import { archiveFolder, defaultMemoryFolder } from '../../sidecar/memory/store';
import { exportObjects, importObjects, type Exchanged, type ExchangeProgress, type ExchangeWork } from '../archive/exchange';
import { ownKey, ownKeyFile, trustedKeys } from '../archive/keys';
import { openStore } from '../archive/openStore';
import type { SharedStore } from '../archive/sharedStore';
import type { CommandContext } from './context';

/** Objects that are left out, each in a line of its own. */
const mostNamed = 20;

export interface ArchiveRequest {
  /** Where memories are saved; absent: the user's cache folder. */
  memory?: string | undefined;
}

const folderOf = ({ memory }: ArchiveRequest) => archiveFolder(memory === undefined ? defaultMemoryFolder() : resolve(memory));

export async function showArchive({ output }: CommandContext, request: ArchiveRequest): Promise<void> {
  const folder = folderOf(request);
  const stats = await archiveStats(folder);
  output.result({ folder, ...stats }, () => [`${folder}: ${counted(stats.objects, 'object')}, ${shortBytes(stats.bytes)}`]);
}

/** Ends with 1 where an object is damaged and stays. */
export async function checkArchive({ output, signal }: CommandContext, request: ArchiveRequest & { remove: boolean }): Promise<void> {
  const folder = folderOf(request);
  const { objects } = await archiveStats(folder);
  let seen = 0;
  const damaged = await verifyArchive(folder, {
    remove: request.remove,
    onObject: () => {
      signal.throwIfAborted();
      output.progress(`${exactCount(++seen)} of ${exactCount(objects)} objects`);
    },
  });
  output.result({ folder, objects: seen, damaged }, () => [
    ...damaged.map(({ path, reason }) => `${path}: ${reason}`),
    `${counted(seen, 'object')}, ${damaged.length === 0 ? 'none damaged' : `${exactCount(damaged.length)} damaged${request.remove ? ' and removed' : ''}`}`,
    ...(damaged.length > 0 && !request.remove ? ['Damaged objects are never used; bonsai archive verify --remove deletes them.'] : []),
  ]);
  if (damaged.length > 0 && !request.remove) process.exitCode = 1;
}

/** @param request.gigabytes that the archive may take afterwards */
export async function pruneArchive({ output }: CommandContext, request: ArchiveRequest & { gigabytes: number }): Promise<void> {
  const { objects, left } = await prune(folderOf(request), request.gigabytes * 1e9);
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  output.result({ removed: objects.length, bytes, left }, () => [
    `${counted(objects.length, 'object')} removed, ${shortBytes(bytes)}; ${shortBytes(left)} are left`,
  ]);
}

/** Prints the key that others trust, alone, so that it can be sent on. @throws BonsaiError `storage` */
export async function showKey({ output }: CommandContext): Promise<void> {
  const { publicText } = await ownKey();
  output.result({ publicKey: publicText, file: ownKeyFile() }, () => [publicText]);
}

export interface SharedArchiveRequest extends ArchiveRequest {
  /** Of an object store that is not Amazon's. */
  endpoint?: string | undefined;
}

/** @param where a folder, or `s3://bucket/prefix` @throws BonsaiError `bad-request`, `storage`, `folder-missing` */
export async function exportArchive(context: CommandContext, where: string, request: SharedArchiveRequest): Promise<void> {
  const from = folderOf(request);
  await exchanging(context, where, request, 'exported', async (store, work) => ({
    ...(await exportObjects(from, store, await ownKey(), work)),
    from,
    to: store.address,
  }));
}

export interface ImportRequest extends SharedArchiveRequest {
  /** Public keys, or files of them. */
  trust: readonly string[];
  trustUnsigned: boolean;
}

/**
 * Rows cannot be held against the text that they are of without computing them: who imports an archive trusts whoever wrote it.
 * @param where a folder, or `s3://bucket/prefix`
 * @throws BonsaiError `bad-request` without a word whom; `storage`, `folder-missing`
 */
export async function importArchive(context: CommandContext, where: string, request: ImportRequest): Promise<void> {
  if (request.trust.length === 0 && !request.trustUnsigned)
    throw new BonsaiError(
      'bad-request',
      'Whoever wrote an archive decides what your model is told that your files say. Say whom you trust: --trust <public key, or a file of them> takes only what they signed, --trust-unsigned whatever is there.',
    );
  const trusted = request.trustUnsigned ? undefined : await trustedKeys(request.trust);
  const to = folderOf(request);
  await exchanging(context, where, request, 'imported', async (store, work) => ({
    ...(await importObjects(store, to, trusted, work)),
    from: store.address,
    to,
  }));
}

/** By name as far as anybody reads, then by reason. With --json all have their names. */
function leftOutLines(leftOut: Exchanged['leftOut']): string[] {
  const lines = leftOut.slice(0, mostNamed).map(({ path, reason }) => `left out: ${path}: ${reason}`);
  const rest = new Map<string, number>();
  for (const { reason } of leftOut.slice(mostNamed)) rest.set(reason, (rest.get(reason) ?? 0) + 1);
  return [...lines, ...[...rest].map(([reason, count]) => `left out: ${counted(count, 'more object')}: ${reason}`)];
}

async function exchanging(
  { output, signal }: CommandContext,
  where: string,
  { endpoint }: SharedArchiveRequest,
  done: string,
  exchange: (store: SharedStore, work: ExchangeWork) => Promise<Exchanged & { from: string; to: string }>,
): Promise<void> {
  const store = await openStore(where, endpoint);
  try {
    const onProgress = ({ objects, ofObjects, bytes, ofBytes }: ExchangeProgress) =>
      output.progress(`${exactCount(objects)} of ${exactCount(ofObjects)} objects, ${shortBytes(bytes)} of ${shortBytes(ofBytes)}`);
    const result = await exchange(store, { signal, onProgress });
    output.result(result, () => [
      ...leftOutLines(result.leftOut),
      `${counted(result.copied, 'object')} ${done} to ${result.to}, ${shortBytes(result.bytes)}; ${exactCount(result.there)} were there already`,
    ]);
  } finally {
    store.close();
  }
}
