/** `bonsai calibrate`: which layers need their memory, found on a text, and remembered for the allocator `measured`. */
import { resolve } from 'node:path';
import { calibrate as search, type CalibrateOptions } from '../../sidecar/calibrate';
import { defaultBudgetFile, fileBudgetMemory } from '../../sidecar/engine/budgetMemory';
import { formatCount, table } from '../format';
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
    onEvaluation: (done, loss) => output.progress(`evaluation ${done}: ${loss.toFixed(4)} nats a token`),
  });
  output.result({ ...result, remembered: file }, () => [
    `equal budgets ${result.uniformLoss.toFixed(4)} nats a token, found ${result.loss.toFixed(4)}, after ${result.evaluations} readings of ${formatCount(result.tokens)} tokens`,
    `policy ${result.policy}, score ${result.score}, chunk ${result.chunk}; remembered in ${file}`,
    '',
    ...table([
      ['layer', 'budget', 'nats lost at half'],
      ...result.budgets.map((budget, layer) => [String(layer), formatCount(budget), result.sensitivities[layer]?.toFixed(4) ?? '?']),
    ]),
  ]);
}
