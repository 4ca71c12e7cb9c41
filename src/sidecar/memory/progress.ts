/** What is told while a repository is read: listing, restoring what was saved, then reading with its rate and time left. */
import type { ReadProgress } from '../../protocol';
import type { Pace } from './pace';

export function listing(file: string, tokensTotal: number): ReadProgress {
  return { phase: 'listing', file, tokensRead: 0, tokensTotal, tokensPerSecond: 0, secondsLeft: null };
}

export function restoring({ position, tokensToRead }: { position: number; tokensToRead: number }): ReadProgress {
  return { phase: 'restoring', tokensRead: position, tokensTotal: position + tokensToRead, tokensPerSecond: 0, secondsLeft: null };
}

/** @param goal tokens there will be at the end, an estimate should files change meanwhile */
export function reading(file: string | undefined, tokensRead: number, goal: number, pace: Pace): ReadProgress {
  const tokensTotal = Math.max(tokensRead, goal);
  return {
    phase: 'reading',
    ...(file === undefined ? {} : { file }),
    tokensRead,
    tokensTotal,
    tokensPerSecond: pace.current,
    secondsLeft: pace.current > 0 ? (tokensTotal - tokensRead) / pace.current : null,
  };
}
