/** How fast reading goes: a smoothed rate for the time left, and the mean over all of it for the plan of the next one. */

/** Weight of the newest chunk in the rate that the time left is computed from. */
const smoothing = 0.1;

export class Pace {
  private rate = 0;
  private read = 0;
  private milliseconds = 0;

  add(tokens: number, milliseconds: number): void {
    this.read += tokens;
    this.milliseconds += milliseconds;
    if (milliseconds <= 0) return;
    const now = (1000 * tokens) / milliseconds;
    this.rate = this.rate === 0 ? now : this.rate + smoothing * (now - this.rate);
  }

  get tokens(): number {
    return this.read;
  }

  /** Tokens per second now; 0: nothing was read yet. */
  get current(): number {
    return this.rate;
  }

  /** Tokens per second over everything, waiting for others left out; 0: nothing was read yet. */
  get mean(): number {
    return this.milliseconds > 0 ? (1000 * this.read) / this.milliseconds : 0;
  }
}
