/**
 * A model that does not fit into memory is met step by step, from what costs least to what costs most: a smaller
 * cache, smaller chunks, the processor in place of the graphics card, a smaller model. Each step says what it costs.
 */
import type { LocalModel } from '../../protocol';
import type { EngineSettings } from '../engine/engineSettings';
import { exactCount, shortBytes } from '../../protocol/numbers';
import type { Translate } from '../util/text';

export interface Step {
  label: string;
  detail: string;
  action:
    { kind: 'set'; key: 'cache.budget' | 'cache.chunk'; value: number } | { kind: 'set'; key: 'gpu'; value: 'off' } | { kind: 'choose' };
}

export interface LadderFacts {
  settings: Pick<EngineSettings, 'budget' | 'chunk' | 'gpu'>;
  /** What its header says of the model that does not fit; absent: it could not be read. */
  model: LocalModel | undefined;
  /** Whether a graphics card is in use. */
  graphics: boolean;
}

/** Defaults of the sidecar (engine/budget.ts): entries per layer at most, and tokens per decode. */
const usualBudget = 8192;
const usualChunk = 256;
/** Budgets and chunks are multiples of this (engine/budget.ts). */
const granularity = 32;

export function memoryLadder({ settings, model, graphics }: LadderFacts, t: Translate): Step[] {
  const steps: Step[] = [];
  const chunk = settings.chunk || usualChunk;
  const budget = settings.budget || model?.budget || usualBudget;
  const lessBudget = Math.floor(budget / 2 / granularity) * granularity;
  // A cache that cannot hold two chunks is refused.
  if (lessBudget >= 2 * chunk)
    steps.push({
      label: t('Keep {0} entries per layer instead of {1}', exactCount(lessBudget), exactCount(budget)),
      detail: model
        ? t('Frees about {0}. Less detail of the repository is remembered.', shortBytes(model.kvBytes * (1 - lessBudget / budget)))
        : t('Halves the KV cache. Less detail of the repository is remembered.'),
      action: { kind: 'set', key: 'cache.budget', value: lessBudget },
    });
  const lessChunk = Math.floor(chunk / 2 / granularity) * granularity;
  if (lessChunk >= granularity)
    steps.push({
      label: t('Read {0} tokens at once instead of {1}', lessChunk, chunk),
      detail: t('Frees working memory of the engine. Reading becomes slower; what is remembered stays the same.'),
      action: { kind: 'set', key: 'cache.chunk', value: lessChunk },
    });
  if (graphics && settings.gpu !== 'off')
    steps.push({
      label: t('Run on the processor'),
      detail: t('Main memory is often larger than the memory of a graphics card. Everything becomes slower.'),
      action: { kind: 'set', key: 'gpu', value: 'off' },
    });
  steps.push({
    label: t('Choose a smaller model'),
    detail: model ? t('{0} takes {1} alone.', model.name, shortBytes(model.bytes)) : t('The list shows which fit this machine.'),
    action: { kind: 'choose' },
  });
  return steps;
}
