/** What is told of the memory beside its size: whether it is paused, behind, being renewed, saved, and how well it recalls. */
import type { MemoryState } from '../../protocol';
import type { Held } from './held';
import { journalOf } from './log';

export interface StateFacts {
  held: Held;
  paused: boolean;
  /** Files. */
  behind: number;
  renewing: MemoryState['renewing'];
  /** Milliseconds since 1970. */
  savedAt: number | undefined;
}

export function stateOf({ held, paused, behind, renewing, savedAt }: StateFacts): MemoryState {
  const { files, tokens } = journalOf(held.segments);
  return {
    paused,
    behind,
    journalFiles: files,
    journalTokens: tokens,
    ...(renewing ? { renewing } : {}),
    ...(savedAt === undefined ? {} : { savedAt }),
    ...(held.fidelity ? { fidelity: held.fidelity } : {}),
  };
}
