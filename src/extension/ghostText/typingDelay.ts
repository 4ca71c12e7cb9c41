/**
 * Wait before asking, so that the next key does not throw the work away. Half as long as answers take, but no
 * longer than it takes to see that the person has stopped: one and a half times the usual time between two keys. The
 * first key after a pause is asked about at once. Both figures are medians of the latest ones, which a single slow
 * answer or a moment's thought does not move. The editor itself has waited 50 ms before it asks.
 */
import { median } from 'simple-statistics';

export interface DelayBounds {
  /** Milliseconds. */
  shortest: number;
  longest: number;
}

/** Milliseconds; two keys farther apart than this are not one piece of typing. */
const thought = 1000;
/** A person who types forty words a minute presses a key every 300 ms. */
const usualInterval = 300;
const remembered = 9;

export class TypingDelay {
  readonly #latencies: number[] = [];
  readonly #intervals: number[] = [];
  #lastKey: number | undefined;
  #paused = true;

  constructor(private readonly bounds: DelayBounds = { shortest: 20, longest: 600 }) {}

  /** Notes a key, at a time in milliseconds. */
  typed(at: number): void {
    const interval = this.#lastKey === undefined ? Infinity : at - this.#lastKey;
    this.#lastKey = at;
    this.#paused = interval >= thought;
    if (!this.#paused) keep(this.#intervals, interval);
  }

  /** Notes how long the engine took for an answer, milliseconds. */
  answered(milliseconds: number): void {
    keep(this.#latencies, milliseconds);
  }

  /** Milliseconds to wait now. */
  get milliseconds(): number {
    if (this.#paused || this.#latencies.length === 0) return this.bounds.shortest;
    const interval = this.#intervals.length > 0 ? median(this.#intervals) : usualInterval;
    const wanted = Math.min(median(this.#latencies) / 2, 1.5 * interval);
    return Math.min(this.bounds.longest, Math.max(this.bounds.shortest, wanted));
  }
}

function keep(values: number[], value: number): void {
  values.push(value);
  if (values.length > remembered) values.shift();
}
