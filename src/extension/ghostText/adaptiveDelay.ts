/**
 * Policy: wait before asking, half as long as answers take, so that a slow model is not given work that the next key
 * throws away and a fast one feels immediate. Latency is a moving average in which a new measurement weighs a quarter.
 */
export interface DelayBounds {
  /** Milliseconds. */
  shortest: number;
  longest: number;
}

export class AdaptiveDelay {
  #latency: number | undefined;

  constructor(private readonly bounds: DelayBounds = { shortest: 60, longest: 600 }) {}

  /** Notes how long a whole answer took, milliseconds. */
  measured(milliseconds: number): void {
    this.#latency = this.#latency === undefined ? milliseconds : 0.75 * this.#latency + 0.25 * milliseconds;
  }

  /** Milliseconds to wait now. */
  get milliseconds(): number {
    const wanted = (this.#latency ?? 2 * this.bounds.shortest) / 2;
    return Math.min(this.bounds.longest, Math.max(this.bounds.shortest, wanted));
  }
}
