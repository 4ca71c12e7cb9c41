/**
 * What reading a repository will cost, before anything is paid: exact tokens, the bytes it takes, the time at the rate
 * that was measured here, and what to change when it does not fit.
 */
import type { PlanRepositoryParams, RepositoryPlan } from '../../protocol';
import type { LoadedModel } from '../engine/loadedModel';
import { beginnings } from './begin';
import type { Catalogue } from './catalogue';
import type { Candidate } from './keeper';
import type { MemoryParts } from './parts';

/** Files named with their reason, of those read last. */
const shownFiles = 8;
/** Seconds; a longer first read gets a word about it. */
const long = 600;

export interface PlanRequest {
  params: PlanRepositoryParams;
  /** What the memory has now, if it is of the same folders. */
  held: (catalogue: Catalogue) => Candidate | undefined;
  /** Tokens of a repository that fit while questions still do. */
  readable: number;
  signal?: AbortSignal | undefined;
}

/** @throws BonsaiError `folder-missing`; the signal's reason when stopped */
export async function planRepository(
  { loaded, disk, keeper, code }: Pick<MemoryParts, 'loaded' | 'disk' | 'keeper' | 'code'>,
  { params, held, readable, signal }: PlanRequest,
): Promise<RepositoryPlan> {
  const catalogue = await disk.look({ folders: params.folders, name: params.name, signal });
  const tokens = catalogue.files.reduce((sum, file) => sum + file.tokens, 0);
  const [best] = beginnings(catalogue, held(catalogue), await keeper.candidates(catalogue.folders));
  const tokensToRead = best ? best.update.tokensToRead : tokens;
  // Parsing everything only to say what is last would cost more than restoring what is saved.
  const order = best && !code.knows(catalogue.files) ? [] : await code.order(catalogue, signal);
  const lastFiles = order.slice(-shownFiles).reverse();
  const rate = keeper.tokensPerSecond;
  const stats = loaded.cache.stats(loaded.sequences.memory.id);
  const fits = tokens <= readable;
  const secondsToRead = rate === null ? null : tokensToRead / rate;
  return {
    name: catalogue.name,
    files: catalogue.files.length,
    tokens,
    tokensHeld: Math.max(0, tokens - tokensToRead),
    tokensToRead,
    skipped: catalogue.skipped,
    lastFiles,
    modelBytes: loaded.info.bytes,
    kvBytes: stats.kvBytes,
    kvBytesFull: Math.round(loaded.cache.bytesPerToken * tokens),
    tokensPerSecond: rate,
    secondsToRead,
    fits,
    advice: advice(loaded, { fits, tokens, readable, secondsToRead }),
  };
}

function advice(
  { info, cache }: LoadedModel,
  { fits, tokens, readable, secondsToRead }: { fits: boolean; tokens: number; readable: number; secondsToRead: number | null },
): string[] {
  const lines: string[] = [];
  if (!fits && info.engine === 'stock')
    lines.push(`llama.cpp's own cache has room for ${readable} of ${tokens} tokens. Use Bonsai's engine, which has no such limit.`);
  else if (!fits && cache.policy === 'full')
    lines.push(`The policy full has room for ${readable} of ${tokens} tokens. Use the policy hybrid, or a larger budget.`);
  if (secondsToRead !== null && secondsToRead > long)
    lines.push(
      'Reading takes long at this speed. It goes on in the background, can be paused, and is saved on the way; a smaller model or a graphics card is faster.',
    );
  if (info.demo) lines.push('The demonstration model is too small to program with; choose a real one before reading a large repository.');
  return lines;
}
