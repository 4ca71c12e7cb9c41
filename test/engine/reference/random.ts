/** Random numbers that are the same in every run: mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 0 or more, below 1 */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** a whole number from `from` to `to`, both included */
  whole(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  one<T>(of: readonly T[]): T {
    return of[this.whole(0, of.length - 1)]!;
  }

  /** One score per token: either any number or one of a few, so that there are ties; some not known (NaN). */
  scores(total: number): Float32Array {
    const kinds = this.one([0, 1, 3, 7]);
    const unknown = this.one([0, 0, 0.05, 0.5]);
    return Float32Array.from({ length: total }, () => {
      if (this.fraction() < unknown) return NaN;
      return kinds === 0 ? this.fraction() : this.whole(1, kinds) / 8;
    });
  }
}
