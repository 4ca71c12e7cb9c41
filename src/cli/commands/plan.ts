/** `bonsai plan`: what reading a folder would cost, before anything is read. */
import { resolve } from 'node:path';

import type { LoadOptions } from '../../sidecar/engine/loadedModel';
import { formatBytes, formatCount, formatSeconds } from '../format';
import { loadForCommand, type CommandContext } from './context';

export async function plan(context: CommandContext, folder: string, load: LoadOptions): Promise<void> {
  const { bonsai, output, signal } = context;
  await loadForCommand(context, load);
  const card = await bonsai.plan({ folders: [resolve(folder)] }, signal);
  const time = card.secondsToRead === null ? 'not measured yet on this machine' : `about ${formatSeconds(card.secondsToRead)}`;
  output.result(card, () => [
    `${card.name}: ${formatCount(card.files)} files, ${formatCount(card.tokens)} tokens, ${formatCount(card.tokensHeld)} of them saved already`,
    `skipped ${formatCount(card.skipped.length)}`,
    `model ${formatBytes(card.modelBytes)}, cache ${formatBytes(card.kvBytes)}; without a bound it would be ${formatBytes(card.kvBytesFull)}`,
    `to read ${formatCount(card.tokensToRead)} tokens, ${time}; ${card.fits ? 'fits' : 'does not fit'}`,
    ...card.advice,
    ...(card.lastFiles.length === 0 ? [] : ['', 'read last, next to the question:']),
    ...card.lastFiles.map(({ path, why }) => `  ${path}: ${why}`),
  ]);
}
