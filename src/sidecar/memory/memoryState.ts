/** What the repository memory is doing beside being used, in the words of the protocol. */
import type { MemoryState } from '../../protocol';
import type { Held } from './held';
import { journalOf } from './log';

export interface StateFacts {
  /** Whether something is being read into it. */
  reading: boolean;
  /** Files. */
  behind: number;
  renewing: MemoryState['renewing'];
  savedAt: number | undefined;
}

export function memoryState(held: Held, { reading, behind, renewing, savedAt }: StateFacts): MemoryState {
  const journal = journalOf(held.segments);
  const { fidelity } = held;
  return {
    paused: held.name !== undefined && !held.complete && !reading,
    behind,
    journalFiles: journal.files,
    journalTokens: journal.tokens,
    ...(renewing ? { renewing } : {}),
    ...(savedAt === undefined ? {} : { savedAt }),
    ...(fidelity ? { fidelity } : {}),
  };
}
