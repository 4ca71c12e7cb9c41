/** `bonsai archive`: what is kept of files that were read, looked at, checked, made smaller, and taken to another machine. No model is needed. */
import { resolve } from 'node:path';
import { counted, exactCount, shortBytes } from '../../protocol/numbers';
import { archiveStats, copyObjects, prune, verifyArchive } from '../../sidecar/archive/archive';
import { BonsaiError } from '../../sidecar/errors';
import { archiveFolder, defaultMemoryFolder } from '../../sidecar/memory/store';
import type { CommandContext } from './context';

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

/** @throws BonsaiError `storage`, `folder-missing` */
export async function exportArchive(context: CommandContext, folder: string, request: ArchiveRequest): Promise<void> {
  await copy(context, folderOf(request), resolve(folder), 'exported');
}

/**
 * Rows cannot be held against the text that they are of without computing them: who imports an archive trusts whoever wrote it.
 * @throws BonsaiError `bad-request` without that word; `storage`, `folder-missing`
 */
export async function importArchive(context: CommandContext, folder: string, request: ArchiveRequest & { trust: boolean }): Promise<void> {
  if (!request.trust)
    throw new BonsaiError(
      'bad-request',
      'Whoever wrote an archive decides what your model is told that your files say, and nothing can check it. If you trust them, type it again with --trust.',
    );
  await copy(context, resolve(folder), folderOf(request), 'imported');
}

async function copy({ output, signal }: CommandContext, from: string, to: string, done: string): Promise<void> {
  let seen = 0;
  const { copied, there, damaged } = await copyObjects(from, to, () => {
    signal.throwIfAborted();
    output.progress(`${exactCount(++seen)} objects`);
  });
  output.result({ from, to, copied, there, damaged }, () => [
    ...damaged.map(({ path, reason }) => `left out: ${path}: ${reason}`),
    `${counted(copied, 'object')} ${done} to ${to}, ${exactCount(there)} were there already`,
  ]);
}
