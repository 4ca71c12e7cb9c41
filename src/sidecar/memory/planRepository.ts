/**
 * What reading a repository will cost, before anything is paid: exact tokens, the bytes it takes, the time at the rate
 * that was measured here, and what to change when it does not fit.
 */
import type { Llama } from 'node-llama-cpp';
import type { ModelInfo, PlanRepositoryParams, RepositoryPlan } from '../../protocol';
import type { CacheSettings } from '../engine/cachePlan';
import type { CacheCost } from '../engine/kvCache';
import { shortBytes } from '../../protocol/numbers';
import { memoryForModels } from '../engine/hardware';
import { beginnings } from './startReading';
import type { Catalogue } from './catalogue';
import type { MemoryParts } from './parts';
import { readableTokens } from './readable';
import type { StartingPoint } from './savedStates';

/** Files named with their reason, of those read last. */
const shownFiles = 8;
/** Seconds; a longer first read gets a word about it. */
const long = 600;

export interface PlanRequest {
  params: PlanRepositoryParams;
  llama: Llama;
  info: Pick<ModelInfo, 'bytes' | 'demo' | 'engine'>;
  cache: CacheCost;
  settings: Pick<CacheSettings, 'keyType' | 'valueType'>;
  /** What the memory has now, if it is of the same folders. */
  held: (catalogue: Catalogue) => StartingPoint | undefined;
  signal?: AbortSignal | undefined;
}

export interface PlanParts extends Pick<MemoryParts, 'disk' | 'code' | 'archive'> {
  keeper: { candidates(folders: readonly string[]): Promise<StartingPoint[]>; readonly tokensPerSecond: number | null };
}

/** @throws BonsaiError `folder-missing`; the signal's reason when stopped */
export async function planRepository({ disk, keeper, code, archive }: PlanParts, request: PlanRequest): Promise<RepositoryPlan> {
  const { params, llama, info, cache, settings, held, signal } = request;
  const catalogue = await disk.look({ folders: params.folders, name: params.name, encodings: params.encodings, signal });
  const tokens = catalogue.files.reduce((sum, file) => sum + file.tokens, 0);
  const [best] = beginnings(catalogue, held(catalogue), await keeper.candidates(catalogue.folders));
  const missing = best ? best.update.tokensToRead : tokens;
  // Parsing everything only to say what is last would cost more than restoring what is saved.
  const order = best && !code.knows(catalogue.files) ? [] : await code.order(catalogue, signal);
  const lastFiles = order.slice(-shownFiles).reverse();
  const rate = keeper.tokensPerSecond;
  const allBytes = cache.kvBytes * cache.banks;
  const memoryBytes = await memoryForModels(llama);
  const enoughMemory = info.bytes + allBytes <= memoryBytes;
  const readable = readableTokens(cache);
  const fits = tokens <= readable && enoughMemory;
  const inArchive = (files: readonly { path: string; hash: string; tokens: number }[]) =>
    files.reduce((sum, file) => sum + (archive?.tokensOf(file, file.tokens) ?? 0), 0);
  const files = best ? best.update.readings.filter(({ kind, from }) => kind === 'file' && from === 0) : catalogue.files;
  const tokensToRead = Math.max(0, missing - inArchive(files));
  const secondsToRead = rate === null ? null : tokensToRead / rate;
  return {
    name: catalogue.name,
    files: catalogue.files.length,
    tokens,
    tokensHeld: Math.max(0, tokens - missing),
    tokensToRead,
    tokensArchived: inArchive(catalogue.files),
    archiveBytes: Math.round(tokens * (archive?.bytesPerToken(cache.bytesPerToken, settings) ?? 0)),
    skipped: catalogue.skipped,
    lastFiles,
    modelBytes: info.bytes,
    kvBytes: Math.round(cache.kvBytes),
    kvBytesFull: Math.round(cache.bytesPerToken * tokens + cache.windowBytes),
    kvBanks: cache.banks,
    tokensPerSecond: rate,
    secondsToRead,
    tokensResident: residentOf(tokens, cache.policy === 'full' ? [] : cache.budgets),
    fits,
    advice: [
      ...catalogue.notes,
      ...(enoughMemory
        ? []
        : [
            `Model and caches take ${shortBytes(info.bytes + allBytes)}; ${shortBytes(memoryBytes)} of memory are available. Use a smaller budget or a smaller model.`,
          ]),
      ...advice(request, { fits: tokens <= readable, tokens, readable, secondsToRead }),
    ],
  };
}

/** @param budgets of the layers; none: nothing is evicted */
function residentOf(tokens: number, budgets: readonly number[]): number {
  const mean = budgets.reduce((sum, budget) => sum + budget, 0) / Math.max(1, budgets.length);
  return budgets.length === 0 ? tokens : Math.min(tokens, Math.round(mean));
}

function advice(
  { info, cache }: Pick<PlanRequest, 'info' | 'cache'>,
  { fits, tokens, readable, secondsToRead }: { fits: boolean; tokens: number; readable: number; secondsToRead: number | null },
): string[] {
  const lines: string[] = [];
  if (!fits && info.engine === 'stock')
    lines.push(`llama.cpp's own cache has room for ${readable} of ${tokens} tokens. Use Bonsai's engine, which has no such limit.`);
  else if (!fits && cache.policy === 'full')
    lines.push(`The policy full has room for ${readable} of ${tokens} tokens. Use the policy hybrid, or a larger budget.`);
  if (secondsToRead !== null && secondsToRead > long)
    lines.push(
      'Reading takes long at this speed. It continues in the background, can be paused, and is saved as it goes; a smaller model or a graphics card is faster.',
    );
  if (info.demo) lines.push('The demonstration model is too small to program with; choose a real one before reading a large repository.');
  return lines;
}
