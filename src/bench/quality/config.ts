/**
 * What one line of the quality table measures, and all of them that were asked for. Budgets are entries of f16: a cache
 * of smaller numbers holds more entries in the same bytes, so that configurations of one budget are comparable.
 */
import * as z from 'zod/mini';
import { schemas, type Allocator, type CacheType } from '../../protocol';
import { granularity } from '../../sidecar/engine/budget';
import { bytesPerValue } from '../../sidecar/engine/cacheTypes';
import type { CacheSettings } from '../../sidecar/engine/cachePlan';
import { defaultTuning } from '../../sidecar/engine/tuning';

export const tuningSchema = z.object({
  sinks: z.number(),
  recentShare: z.number(),
  outlierShare: z.number(),
  block: z.number(),
  stagger: z.boolean(),
  samples: z.number(),
  minSeen: z.number(),
  gqa: z.enum(['mean', 'max']),
  merge: z.boolean(),
  squeezeP: z.number(),
});

export const configSchema = z.object({
  policy: schemas.policySchema,
  score: schemas.scoreSchema,
  allocator: schemas.allocatorSchema,
  positions: schemas.positionsSchema,
  keyType: schemas.cacheTypeSchema,
  valueType: schemas.cacheTypeSchema,
  tuning: tuningSchema,
  /** Entries of f16 a layer has on average, staging included; 0 for `full`. */
  budget: z.int(),
});
export interface QualityConfig extends Omit<CacheSettings, 'allocator'> {
  allocator: Allocator;
  budget: number;
}

/** A line of a --configs file: what is left out is as the flags say. */
export const partialConfigSchema = z.partial(z.extend(configSchema, { tuning: z.partial(tuningSchema) }));

export interface CrossProduct {
  policies: readonly QualityConfig['policy'][];
  scores: readonly QualityConfig['score'][];
  allocators: readonly QualityConfig['allocator'][];
  budgets: readonly number[];
  cacheTypes: readonly { keyType: CacheType; valueType: CacheType }[];
  positions: QualityConfig['positions'];
  tuning: QualityConfig['tuning'];
}

/** Policies that decide by the score asked for; the others bring their own. */
const scored: ReadonlySet<string> = new Set(['tree', 'tree-keep-right', 'hybrid']);

export function normalised(config: QualityConfig): QualityConfig {
  if (config.policy === 'full') return { ...config, score: 'none', allocator: 'uniform', budget: 0, tuning: defaultTuning };
  return scored.has(config.policy) ? config : { ...config, score: 'none' };
}

/** Every combination once, those of one budget together. */
export function crossProduct({ policies, scores, allocators, budgets, cacheTypes, positions, tuning }: CrossProduct): QualityConfig[] {
  const all = budgets.flatMap((budget) =>
    cacheTypes.flatMap((types) =>
      policies.flatMap((policy) =>
        allocators.flatMap((allocator) =>
          scores.map((score) => normalised({ policy, score, allocator, budget, positions, tuning, ...types })),
        ),
      ),
    ),
  );
  return distinct(all);
}

export function distinct(configs: readonly QualityConfig[]): QualityConfig[] {
  return [...new Map(configs.map((config) => [configKey(config), config])).values()];
}

/** Short, unique, and readable in a table: `hybrid keydiff measured 2048`; only what differs from the default is named. */
export function configKey({ policy, score, allocator, positions, keyType, valueType, tuning, budget }: QualityConfig): string {
  const parts = [
    policy,
    ...(score === 'none' ? [] : [score]),
    ...(allocator === 'uniform' ? [] : [allocator]),
    ...(budget === 0 ? [] : [String(budget)]),
    ...(keyType === 'f16' && valueType === 'f16' ? [] : [`${keyType}/${valueType}`]),
    ...(positions === 'auto' ? [] : [positions]),
    ...changed(tuning),
  ];
  return parts.join(' ');
}

function changed(tuning: QualityConfig['tuning']): string[] {
  const { sinks, recentShare, outlierShare, block, stagger, samples, minSeen, gqa, merge, squeezeP } = tuning;
  return [
    ...(sinks === defaultTuning.sinks ? [] : [`sinks=${sinks}`]),
    ...(recentShare === defaultTuning.recentShare ? [] : [`recent=${recentShare}`]),
    ...(outlierShare === defaultTuning.outlierShare ? [] : [`outliers=${outlierShare}`]),
    ...(block === defaultTuning.block ? [] : [`block=${block}`]),
    ...(stagger === defaultTuning.stagger ? [] : [`stagger=${stagger}`]),
    ...(samples === defaultTuning.samples ? [] : [`samples=${samples}`]),
    ...(minSeen === defaultTuning.minSeen ? [] : [`seen=${minSeen}`]),
    ...(gqa === defaultTuning.gqa ? [] : [`gqa=${gqa}`]),
    ...(merge === defaultTuning.merge ? [] : ['merge']),
    ...(squeezeP === defaultTuning.squeezeP ? [] : [`p=${squeezeP}`]),
  ];
}

/** Entries of these types that take the bytes of `budget` entries of f16, rounded down to the granularity of a layer. */
export function entriesOf({ budget, keyType, valueType }: Pick<QualityConfig, 'budget' | 'keyType' | 'valueType'>): number {
  const perEntry = bytesPerValue(keyType) + bytesPerValue(valueType);
  const entries = (budget * 2 * bytesPerValue('f16')) / perEntry;
  return keyType === 'f16' && valueType === 'f16' ? budget : Math.floor(entries / granularity) * granularity;
}
