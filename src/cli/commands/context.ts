/** What every command is given: where output goes, how it is stopped, and Bonsai itself. */
import type { EngineKind, ModelInfo, ReadProgress, ReadSummary } from '../../protocol';
import { BonsaiError } from '../../sidecar/errors';
import type { Bonsai } from '../../sidecar/bonsai';
import type { LoadOptions } from '../../sidecar/engine/loadedModel';
import { exactCount, shortSeconds } from '../../protocol/numbers';
import type { Output } from '../output';

export interface CommandContext {
  bonsai: Bonsai;
  output: Output;
  signal: AbortSignal;
  /** Asked for on the command line; absent: what can be had. */
  engine: EngineKind | undefined;
}

export function showReading({ output }: CommandContext, progress: ReadProgress): void {
  if (progress.phase === 'listing') {
    output.progress(`listing … ${exactCount(progress.tokensTotal)} tokens`);
    return;
  }
  const { tokensRead, tokensTotal, tokensPerSecond, secondsLeft, file } = progress;
  const percent = Math.floor((100 * tokensRead) / tokensTotal);
  const left = secondsLeft === null ? '' : `, ${shortSeconds(secondsLeft)} left`;
  // Nothing has been read yet while everything comes from the archive.
  const rate = tokensPerSecond > 0 ? `, ${exactCount(tokensPerSecond)} a second` : '';
  output.progress(`reading ${percent} % (${exactCount(tokensRead)} tokens${rate}${left}) ${file ?? ''}`);
}

/** Loads the model and says so when it cannot have the bounded cache. */
export async function loadForCommand(context: CommandContext, load: LoadOptions): Promise<ModelInfo> {
  const model = await context.bonsai.loadModel(load);
  tellWhatRuns(context, model);
  return model;
}

/** @throws BonsaiError `engine-failed` when the bounded cache was asked for by name and cannot be had: a measurement would be of another */
export function tellWhatRuns(
  { output, engine }: Pick<CommandContext, 'output' | 'engine'>,
  runs: { engine: EngineKind; notice?: string | undefined },
): void {
  if (engine === 'bonsai' && runs.engine !== 'bonsai')
    throw new BonsaiError('engine-failed', `--engine bonsai is not available. ${runs.notice ?? 'The bounded cache does not run.'}`);
  if (runs.notice !== undefined) output.note(runs.notice);
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
