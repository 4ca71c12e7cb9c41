/** How a reading goes: how fast it is, what is told while it runs, and what is told when it ended. */
import type { ReadProgress, ReadSummary, SkippedFile } from '../../protocol';
import type { KvStats } from '../engine/kvCache';

/** Seconds after which what was measured counts less than half (1/e). */
const span = 60;
/** Seconds of reading before a rate is told: the first chunks say more about the start. */
const soonest = 1;

/**
 * How fast reading goes. The time left is told from what the last minute really took, waiting for others included, so that
 * it settles; the mean over the decoding alone is what a summary compares machines by.
 */
export class Pace {
  private read = 0;
  private milliseconds = 0;
  private last: number;
  private recentTokens = 0;
  private recentSeconds = 0;
  private seconds = 0;
  private fromArchive = 0;

  /** @param now milliseconds of a clock that never goes back */
  constructor(private readonly now: () => number = () => performance.now()) {
    this.last = now();
  }

  /** Reading begins now: what came before it (listing, restoring) is not its time. */
  begin(): void {
    this.last = this.now();
  }

  /** @param recalled whether rows were put back: the time that took is none of reading */
  add(tokens: number, milliseconds: number, recalled = false): void {
    if (recalled) {
      this.fromArchive += tokens;
      this.last = this.now();
      return;
    }
    this.read += tokens;
    this.milliseconds += milliseconds;
    const now = this.now();
    const passed = (now - this.last) / 1000;
    this.last = now;
    const fading = Math.exp(-passed / span);
    this.recentTokens = this.recentTokens * fading + tokens;
    this.recentSeconds = this.recentSeconds * fading + passed;
    this.seconds += passed;
  }

  /** Tokens whose rows were put back. */
  get recalledTokens(): number {
    return this.fromArchive;
  }

  /** Tokens that were read. */
  get tokens(): number {
    return this.read;
  }

  /** Tokens per second of the last minute; 0: too little was read to tell. */
  get current(): number {
    return this.seconds >= soonest ? this.recentTokens / this.recentSeconds : 0;
  }

  /** Tokens per second over everything, waiting included: what the next reading will take; 0: nothing was read yet. */
  get lasting(): number {
    return this.seconds > 0 ? this.read / this.seconds : 0;
  }

  /** Tokens per second over everything, waiting for others left out; 0: nothing was read yet. */
  get mean(): number {
    return this.milliseconds > 0 ? (1000 * this.read) / this.milliseconds : 0;
  }
}

export function listing(file: string, tokensTotal: number): ReadProgress {
  return { phase: 'listing', file, tokensRead: 0, tokensTotal, tokensPerSecond: 0, secondsLeft: null };
}

/** What comes before anything is read. */
export function preparing(
  phase: 'restoring' | 'measuring',
  { position, tokensToRead }: { position: number; tokensToRead: number },
): ReadProgress {
  return { phase, tokensRead: position, tokensTotal: position + tokensToRead, tokensPerSecond: 0, secondsLeft: null };
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

/** What a summary tells of the memory that was read into. */
interface ReadMemory {
  name: string | undefined;
  fileCount: number;
  skipped: readonly SkippedFile[];
  tokensRead: number;
  stats: Pick<KvStats, 'kvBytes' | 'kvBytesFull' | 'layers'>;
}

export interface ReadingFacts {
  /** `performance.now()` when it was asked for. */
  began: number;
  pace: Pace;
  /** Tokens that were not read for it. */
  kept: number;
  notes: string[];
}

export function summaryOf(memory: ReadMemory, { began, pace, kept, notes }: ReadingFacts, stopped: ReadSummary['stopped']): ReadSummary {
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
