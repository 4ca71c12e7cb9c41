/** `bonsai calibrate`: how a model's layers should share their budget, tried on a text; what `auto` and `measured` take of it is remembered. */
import { resolve } from 'node:path';
import { calibrate as search, type CalibrateOptions } from '../../sidecar/measure/calibrate';
import type { LayerTrial, TrialResult } from '../../sidecar/measure/layerTrial';
import { defaultBudgetFile, fileBudgetMemory } from '../../sidecar/engine/budgetMemory';
import { exactCount } from '../../protocol/numbers';
import { table } from '../table';
import type { CommandContext } from './context';

export async function calibrate(
  { output, signal }: CommandContext,
  source: string,
  options: Omit<CalibrateOptions, 'memory' | 'signal'>,
): Promise<void> {
  const file = defaultBudgetFile();
  const result = await search(resolve(source), {
    ...options,
    signal,
    memory: fileBudgetMemory(file, (text) => output.note(text)),
    onReading: (done, of, loss) => output.progress(`reading ${done} of at most ${of}: ${loss.toFixed(4)} nats a token`),
  });
  const { trial } = result;
  output.result({ ...result, remembered: file }, () => [
    `budgets of ${exactCount(trial.mean)} entries a layer, on ${exactCount(trial.tokens)} tokens; policy ${result.policy}, score ${result.score}, chunk ${result.chunk}`,
    '',
    ...table([
      ['layers share by', 'nats a token', 'better than equal'],
      ...trial.results.map((tried) => [nameOf(tried), tried.loss.toFixed(4), `${tried.gain.toFixed(4)} ± ${tried.error.toFixed(4)}`]),
    ]),
    '',
    `least lost by: ${nameOf(winnerOf(trial))}; what the layers need is remembered in ${file}`,
    '',
    ...layers(trial),
  ]);
}

function winnerOf({ results, best }: LayerTrial): TrialResult | undefined {
  return results[best];
}

function nameOf(result: TrialResult | undefined): string {
  if (!result || result.allocator === 'uniform') return 'uniform';
  return result.p === undefined ? result.allocator : `${result.allocator} ${result.p}`;
}

/** What each layer gets, and by what. */
function layers({ results, best }: LayerTrial): string[] {
  const lost = results.find(({ allocator }) => allocator === 'measured')?.lost;
  const cosines = results.find(({ allocator }) => allocator === 'squeeze')?.cosines;
  return table([
    ['layer', 'budget', 'cosine', 'nats lost at half'],
    ...(results[best]?.budgets ?? []).map((budget, layer) => [
      String(layer),
      exactCount(budget),
      cosines?.[layer]?.toFixed(3) ?? '?',
      lost?.[layer]?.toFixed(4) ?? '?',
    ]),
  ]);
}
