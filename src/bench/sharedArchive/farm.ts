/**
 * A job engine on paper: workers that read shares of a repository and export the rows. A share is one index of a Kubernetes
 * Indexed Job: the engine gives the next one to the first worker that is free, and one whose pod was lost to a new pod, which
 * leaves out the files that are in the store already. Nothing is measured here; the same seed gives the same numbers.
 */
import type { Random } from '../../sidecar/random';

export interface Worker {
  /** Read, and computed, in a second. */
  tokensPerSecond: number;
  /** Until a pod reads: image, model, load. Seconds. */
  startSeconds: number;
  bytesPerToken: number;
  /** To the store. */
  bytesPerSecond: number;
  /** Of a file, besides its bytes: two requests for each of its pieces. Seconds. */
  requestSeconds: (tokens: number) => number;
}

export interface Trouble {
  /** Of the workers, that are slow. */
  stragglers: number;
  /** How many times longer they take to read. */
  slowdown: number;
  /** Pods of one worker, in an hour. */
  lossesPerHour: number;
}

export const noTrouble: Trouble = { stragglers: 0, slowdown: 1, lossesPerHour: 0 };

/** All in seconds, of all workers together but for the makespan. */
export interface Shift {
  makespan: number;
  /** Reading and exporting what counts in the end. */
  useful: number;
  starting: number;
  /** Files that were begun, and lost with their pod. */
  wasted: number;
  /** A worker has nothing to do, and is paid. */
  idle: number;
  losses: number;
  /** Of files that were exported. */
  tokens: number;
}

/** Files in shares of about the same number of tokens: the largest file first, each to the share that has least. */
export function sharesOf(files: readonly number[], count: number): number[][] {
  const shares = Array.from({ length: Math.min(count, Math.max(1, files.length)) }, () => ({ files: new Array<number>(), tokens: 0 }));
  const least = new Lowest(shares.map(() => 0));
  for (const tokens of files.toSorted((a, b) => b - a)) {
    const share = shares[least.index];
    if (!share) break;
    share.files.push(tokens);
    share.tokens += tokens;
    least.raise(share.tokens);
  }
  return shares.toSorted((a, b) => b.tokens - a.tokens).map((share) => share.files);
}

/** Seconds to read a file of so many tokens and to export its rows, one after the other. */
export function fileSeconds(
  { tokensPerSecond, bytesPerToken, bytesPerSecond, requestSeconds }: Worker,
  tokens: number,
  slowdown = 1,
): number {
  return (slowdown * tokens) / tokensPerSecond + (tokens * bytesPerToken) / bytesPerSecond + requestSeconds(tokens);
}

/** @param shares in the order in which they are given out */
export function work(
  shares: readonly (readonly number[])[],
  { workers, worker, trouble }: { workers: number; worker: Worker; trouble: Trouble },
  random: Random,
): Shift {
  // Drawn for all of them first, so that neither share nor loss decides which worker is slow.
  const slowdowns = Array.from({ length: workers }, () => (random() < trouble.stragglers ? trouble.slowdown : 1));
  const untilLoss = () => (trouble.lossesPerHour > 0 ? (-Math.log(1 - random()) * 3600) / trouble.lossesPerHour : Infinity);
  const lost = slowdowns.map(untilLoss);
  const free = new Lowest(slowdowns.map(() => 0));
  const shift: Shift = { makespan: 0, useful: 0, starting: 0, wasted: 0, idle: 0, losses: 0, tokens: 0 };
  for (const share of shares) {
    const { index } = free;
    const slowdown = slowdowns[index] ?? 1;
    let at = free.value;
    /** @returns whether the pod lived that long */
    const pass = (seconds: number, kind: 'useful' | 'starting'): boolean => {
      const end = lost[index] ?? Infinity;
      if (at + seconds <= end) {
        at += seconds;
        shift[kind] += seconds;
        return true;
      }
      shift.wasted += end - at;
      shift.losses++;
      at = end;
      lost[index] = end + untilLoss();
      return false;
    };
    const start = () => {
      while (!pass(worker.startSeconds, 'starting'));
    };
    start();
    for (const tokens of share) {
      while (!pass(fileSeconds(worker, tokens, slowdown), 'useful')) start();
      shift.tokens += tokens;
    }
    free.raise(at);
    shift.makespan = Math.max(shift.makespan, at);
  }
  shift.idle = workers * shift.makespan - shift.useful - shift.starting - shift.wasted;
  return shift;
}

/** The lowest of some hundred or thousand numbers, of which only the lowest is ever raised: a heap in an array. */
class Lowest {
  private readonly order: number[];

  constructor(private readonly values: number[]) {
    this.order = values.map((_, i) => i).toSorted((a, b) => this.of(a) - this.of(b) || a - b);
  }

  get index(): number {
    return this.order[0] ?? 0;
  }

  get value(): number {
    return this.of(this.index);
  }

  raise(value: number): void {
    this.values[this.index] = value;
    const { order } = this;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let low = at;
      if (this.isBefore(left, low)) low = left;
      if (this.isBefore(right, low)) low = right;
      if (low === at) return;
      [order[at], order[low]] = [order[low] ?? 0, order[at] ?? 0];
      at = low;
    }
  }

  /** Whether what is at one place of the heap comes before what is at another. Equal ones go by number. */
  private isBefore(a: number, b: number): boolean {
    const [first, second] = [this.order[a], this.order[b]];
    if (first === undefined || second === undefined) return false;
    return this.of(first) < this.of(second) || (this.of(first) === this.of(second) && first < second);
  }

  private of(index: number): number {
    return this.values[index] ?? Infinity;
  }
}
