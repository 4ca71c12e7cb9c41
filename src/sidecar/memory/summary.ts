/** What is told of a reading when it ended. */
import type { ReadSummary } from '../../protocol';
import type { Pace } from './pace';
import type { RepositoryMemory } from './repositoryMemory';

export interface ReadingFacts {
  /** `performance.now()` when it was asked for. */
  began: number;
  pace: Pace;
  /** Tokens that were not read for it. */
  kept: number;
  notes: string[];
}

export function summaryOf(
  memory: RepositoryMemory,
  { began, pace, kept, notes }: ReadingFacts,
  stopped: ReadSummary['stopped'],
): ReadSummary {
  const { kvBytes, kvBytesFull, layers } = memory.stats;
  return {
    name: memory.name ?? '',
    files: memory.fileCount,
    skipped: [...memory.skipped],
    tokens: memory.tokensRead,
    kvBytes,
    kvBytesFull,
    layers,
    tokensPerSecond: pace.mean,
    seconds: (performance.now() - began) / 1000,
    restoredTokens: kept,
    archivedTokens: pace.recalledTokens,
    notes,
    ...(stopped ? { stopped } : {}),
  };
}
