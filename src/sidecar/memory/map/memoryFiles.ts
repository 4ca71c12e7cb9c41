/** What is in memory, file by file: the newest version of each, without a picture of the cache. */
import type { MemoryFiles } from '../../../protocol';
import { cacheMap } from './cacheMap';
import type { LoadedModel } from '../../engine/loadedModel';
import type { Memory } from '../createMemory';

type File = MemoryFiles['files'][number];

export async function memoryFiles(
  loaded: Pick<LoadedModel, 'cache' | 'shares' | 'sequences'>,
  memory: Pick<Memory, 'repository' | 'overrides' | 'symbols' | 'rows'>,
): Promise<MemoryFiles> {
  // Both are of this moment: without a file to look into, the map waits for nothing.
  const { files } = memory.repository;
  const map = await cacheMap(loaded, memory, { buckets: 1 });
  const newest = new Map<string, File>();
  for (const [i, { path, hash, start, end, replaced }] of files.entries()) {
    if (replaced) continue;
    const { held = 0, archived = false } = map.files[i] ?? {};
    const before = newest.get(path);
    const tokens = end - start + (before?.tokens ?? 0);
    // Changed lines follow the file they belong to.
    const kept = held * (end - start) + (before ? before.held * before.tokens : 0);
    newest.set(path, { path, hash, tokens, held: tokens > 0 ? Number((kept / tokens).toPrecision(4)) : 0, archived });
  }
  return { files: [...newest.values()] };
}
