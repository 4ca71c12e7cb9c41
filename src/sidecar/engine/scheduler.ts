/**
 * Who may use the context now. One unit of work (a chunk, a token) runs at a time; while a session of higher priority
 * is open, those below wait even between its units, or every chat token would cost a chunk of reading.
 * Ghost text comes before chat, chat before reading, and all of them before what only idle time is used for; among equals,
 * first come first served. A request that has waited too long gets one unit in between, so that a long answer does not keep a
 * changed file from being read; idle work can wait for ever.
 */
import { quantileSorted } from 'simple-statistics';
import { Cancelled } from '../errors';

export type Priority = 'ghost' | 'chat' | 'reading' | 'idle';
const ranks = { ghost: 0, chat: 1, reading: 2, idle: 3 } satisfies Record<Priority, number>;

export interface SchedulerSession {
  /** Runs `work` alone. Rejects with the signal's reason when it is aborted while waiting. */
  unit<T>(work: () => Promise<T> | T, signal?: AbortSignal): Promise<T>;
  /** Lets lower priorities run again. */
  close(): void;
}

interface Waiting {
  rank: number;
  since: number;
  start: () => void;
}

/** How long units of one priority waited for their turn, milliseconds, over the newest ones. */
export interface Latency {
  units: number;
  p50: number;
  p95: number;
  max: number;
}

/** Milliseconds; then those below get a unit although somebody above them is at it. */
const longestWait = 2000;
const rememberedWaits = 500;

export class Scheduler {
  private running = false;
  private readonly waiting: Waiting[] = [];
  private readonly open = [0, 0, 0, 0];
  private readonly waits: number[][] = [[], [], [], []];

  /** @param now milliseconds of a clock that never goes back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Undefined: nothing of this priority has run yet. */
  latency(priority: Priority): Latency | undefined {
    const sorted = [...(this.waits[ranks[priority]] ?? [])].sort((a, b) => a - b);
    const max = sorted.at(-1);
    if (max === undefined) return undefined;
    return { units: sorted.length, p50: quantileSorted(sorted, 0.5), p95: quantileSorted(sorted, 0.95), max };
  }

  openSession(priority: Priority): SchedulerSession {
    const rank = ranks[priority];
    this.count(rank, 1);
    let closed = false;
    return {
      unit: (work, signal) => this.run(rank, work, signal),
      close: () => {
        if (closed) return;
        closed = true;
        this.count(rank, -1);
        this.next();
      },
    };
  }

  private note(rank: number, wait: number): void {
    const waits = this.waits[rank];
    waits?.push(wait);
    if (waits && waits.length > rememberedWaits) waits.shift();
  }

  private count(rank: number, by: number): void {
    this.open[rank] = (this.open[rank] ?? 0) + by;
  }

  private async run<T>(rank: number, work: () => Promise<T> | T, signal: AbortSignal | undefined): Promise<T> {
    await new Promise<void>((resolve, reject) => {
      const item: Waiting = {
        rank,
        since: this.now(),
        start: () => {
          this.note(rank, this.now() - item.since);
          signal?.removeEventListener('abort', stop);
          resolve();
        },
      };
      const stop = () => {
        this.waiting.splice(this.waiting.indexOf(item), 1);
        reject(abortReason(signal));
      };
      if (signal?.aborted) {
        reject(abortReason(signal));
        return;
      }
      signal?.addEventListener('abort', stop, { once: true });
      this.waiting.push(item);
      this.next();
    });
    try {
      return await work();
    } finally {
      this.running = false;
      this.next();
    }
  }

  private next(): void {
    if (this.running) return;
    const highest = this.open.findIndex((count) => count > 0);
    // Never before ghost text, which waits for one unit at most.
    const typing = this.waiting.some(({ rank }) => rank === ranks.ghost);
    const starving = typing ? -1 : this.waiting.findIndex(({ rank, since }) => rank !== ranks.idle && this.now() - since > longestWait);
    let chosen = starving;
    if (starving < 0)
      this.waiting.forEach((item, i) => {
        if (highest >= 0 && item.rank > highest) return;
        if (chosen < 0 || item.rank < (this.waiting[chosen]?.rank ?? Infinity)) chosen = i;
      });
    const [item] = chosen < 0 ? [] : this.waiting.splice(chosen, 1);
    if (!item) return;
    this.running = true;
    item.start();
  }
}

/** What an aborted signal rejects with, always an Error. */
export function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Cancelled();
}
