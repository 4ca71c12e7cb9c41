/**
 * What the model has when it is asked: nothing, the lines that answer, what search finds, the repository in a cache, or
 * both, the source as text or as rows. Each arm is one row; with a bounded cache it is one row for every configuration of the cache.
 */
import type { CacheOptions, CacheType } from '../../protocol';
import { stagingFor, granularity, smallestBudget } from '../../sidecar/engine/budget';
import type { QualityConfig } from '../quality/config';
import { configKey, entriesOf } from '../quality/config';

interface ArmShape {
  /** What stands before the question in the cache; `assembled`: the repository, put together from rows. */
  base: 'nothing' | 'repository' | 'assembled';
  /** Which source is added, and how: as text of the prompt, or as rows that were computed before. */
  source: 'none' | 'exact' | 'found';
  as: 'text' | 'rows';
}

const shapes = {
  'closed book': { base: 'nothing', source: 'none', as: 'text' },
  oracle: { base: 'nothing', source: 'exact', as: 'text' },
  retrieval: { base: 'nothing', source: 'found', as: 'text' },
  window: { base: 'repository', source: 'none', as: 'text' },
  memory: { base: 'repository', source: 'none', as: 'text' },
  'memory + text': { base: 'repository', source: 'found', as: 'text' },
  'memory + rows': { base: 'repository', source: 'found', as: 'rows' },
  'memory + exact text': { base: 'repository', source: 'exact', as: 'text' },
  'memory + exact rows': { base: 'repository', source: 'exact', as: 'rows' },
  assembled: { base: 'assembled', source: 'none', as: 'text' },
  'assembled + rows': { base: 'assembled', source: 'found', as: 'rows' },
} satisfies Record<string, ArmShape>;

export type Arm = keyof typeof shapes;
const isArm = (name: string): name is Arm => name in shapes;
export const armNames = Object.keys(shapes).filter(isArm);
/** Asked where nobody names any. */
export const defaultArms: readonly Arm[] = ['closed book', 'oracle', 'retrieval', 'window', 'memory', 'memory + text'];

export function armShape(arm: Arm): ArmShape {
  return shapes[arm];
}

/** Whether its row depends on the cache. */
export const overMemory = (arm: Arm): boolean => arm !== 'window' && shapes[arm].base !== 'nothing';
export const needsRows = (arm: Arm): boolean => shapes[arm].as === 'rows' || shapes[arm].base === 'assembled';

export const rowReadings = ['alone', 'stream', 'again', 'mixed', 'lead'] as const;
export const rowPlaces = ['before', 'inside'] as const;
/** How rows were computed, where they are put, and what they are kept in. */
export interface RowsConfig {
  /**
   * `alone`: each file for itself, behind the repository's head and its own; `stream`: behind all that was read before, through
   * the bounded cache; `again`: no rows, the same tokens are read again in the same place, to tell what the place is worth;
   * `mixed`: as `alone`, but what is short is read again; `lead`: as `mixed`, and of what is longer the first tokens are read.
   */
  reading: (typeof rowReadings)[number];
  /** `before` the chat turn; or `inside` it, where the text of these lines would stand. */
  place: (typeof rowPlaces)[number];
  type: CacheType;
}

/** A bounded cache, before the size of the repository is known. */
export interface MemoryConfig extends Omit<QualityConfig, 'budget'> {
  /** Tokens of the repository for each f16 entry of a layer: 16 keeps a sixteenth. */
  ratio: number;
}

/** Names a row, as `memory 16x hybrid keydiff` or `memory + rows (alone inside q4_0) 16x hybrid keydiff`. */
export function rowKey(arm: Arm, config?: MemoryConfig, rows?: RowsConfig): string {
  if (!config) return arm;
  const how = rows ? ` (${rows.reading} ${rows.place} ${rows.type})` : '';
  return `${arm}${how} ${config.ratio}x ${configKey({ ...config, budget: 0 })}`;
}

/** @returns entries of a layer, staging included: the bytes of `tokens / ratio` entries of f16 */
export function budgetFor(config: MemoryConfig, tokens: number, chunk: number): number {
  const f16 = Math.max(smallestBudget(stagingFor(chunk)), Math.ceil(tokens / config.ratio / granularity) * granularity);
  return Math.max(smallestBudget(stagingFor(chunk)), entriesOf({ ...config, budget: f16 }));
}

export function cacheOf(config: MemoryConfig, tokens: number, chunk: number): CacheOptions {
  const { policy, score, allocator, positions, keyType, valueType } = config;
  return { policy, score, allocator, positions, keyType, valueType, budget: budgetFor(config, tokens, chunk) };
}
