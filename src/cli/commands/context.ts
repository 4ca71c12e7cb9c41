/** What every command is given: where output goes, how it is stopped, and Bonsai itself. */
import type { ModelInfo, ReadProgress, ReadSummary } from '../../protocol';
import type { Bonsai } from '../../sidecar/bonsai';
import type { LoadOptions } from '../../sidecar/engine/loadedModel';
import { formatCount, formatSeconds } from '../format';
import type { Output } from '../output';

export interface CommandContext {
  bonsai: Bonsai;
  output: Output;
  signal: AbortSignal;
}

export function showReading({ output }: CommandContext, progress: ReadProgress): void {
  if (progress.phase === 'listing') {
    output.progress(`listing … ${formatCount(progress.tokensTotal)} tokens`);
    return;
  }
  const { tokensRead, tokensTotal, tokensPerSecond, secondsLeft, file } = progress;
  const percent = Math.floor((100 * tokensRead) / tokensTotal);
  const left = secondsLeft === null ? '' : `, ${formatSeconds(secondsLeft)} left`;
  output.progress(
    `reading ${percent} % (${formatCount(tokensRead)} tokens, ${formatCount(tokensPerSecond)} a second${left}) ${file ?? ''}`,
  );
}

/** Loads the model and says so when it cannot have the bounded cache. */
export async function loadForCommand({ bonsai, output }: CommandContext, load: LoadOptions): Promise<ModelInfo> {
  const model = await bonsai.loadModel(load);
  if (model.notice !== undefined) output.note(model.notice);
  return model;
}

/** @throws the signal's reason when reading was stopped, for commands that need all of it */
export async function readForQuestion(context: CommandContext, folder: string): Promise<ReadSummary> {
  const summary = await context.bonsai.readRepository(
    { folders: [folder] },
    { signal: context.signal, onProgress: (progress) => showReading(context, progress) },
  );
  context.signal.throwIfAborted();
  return summary;
}
