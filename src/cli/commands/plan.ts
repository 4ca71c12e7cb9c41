/** `bonsai plan`: what reading a folder would cost, before anything is read. */
import { resolve } from 'node:path';
import type { LoadOptions } from '../../sidecar/engine/loadedModel';
import type { RepositoryPlan } from '../../protocol';
import { counted, exactCount, shortBytes, shortSeconds } from '../../protocol/numbers';
import { planWithoutCache } from '../../sidecar/memory/planWithoutCache';
import { skippedLines } from '../skippedLines';
import { tellWhatRuns, type CommandContext } from './context';

export async function plan(context: CommandContext, folder: string, load: LoadOptions): Promise<void> {
  const { output, signal } = context;
  const { plan: card, ...runs } = await planWithoutCache(load, { folders: [resolve(folder)] }, signal);
  tellWhatRuns(context, runs);
  const time =
    card.tokensToRead === 0
      ? 'nothing to read'
      : `${counted(card.tokensToRead, 'token')} to read, ` +
        (card.secondsToRead === null
          ? 'for a time that the first reading on this machine will show'
          : `about ${shortSeconds(card.secondsToRead)}`);
  output.result(card, () => [
    `${card.name}: ${counted(card.files, 'file')}, ${counted(card.tokens, 'token')}, ${exactCount(card.tokensHeld)} of them saved already, ${exactCount(card.tokensArchived)} in the archive`,
    ...skippedLines(card.skipped),
    `model ${shortBytes(card.modelBytes)}`,
    `KV cache of the repository ${shortBytes(card.kvBytes)}; with every token kept it would be ${shortBytes(card.kvBytesFull)}`,
    `all ${card.kvBanks} KV caches ${shortBytes(card.kvBanks * card.kvBytes)}: ${cachesOf(card)}`,
    card.archiveBytes === 0 ? 'nothing is archived' : `the archive takes ${shortBytes(card.archiveBytes)} on disk once everything is read`,
    card.fits ? 'fits' : 'does not fit',
    time,
    ...card.advice,
    ...(card.lastFiles.length === 0 ? [] : ['', 'read last, next to the question:']),
    ...card.lastFiles.map(({ path, why }) => `  ${path}: ${why}`),
  ]);
}

/** Each sequence has a cache of its own. */
function cachesOf({ kvBanks }: RepositoryPlan): string {
  return `one each for repository, chat${kvBanks > 3 ? ', ghost text and a newer memory' : ' and ghost text'}`;
}
