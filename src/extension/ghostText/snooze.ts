/** Ghost text that was put off for a while; asking for it by hand works all the same. Ends with the window. */
export class Snooze {
  #until = 0;

  /** @param now milliseconds */
  constructor(private readonly now: () => number = Date.now) {}

  /** Minutes that are left of it, rounded up; 0: it is over. */
  get minutesLeft(): number {
    return Math.max(0, Math.ceil((this.#until - this.now()) / 60_000));
  }

  /** @param minutes 0 ends it */
  start(minutes: number): void {
    this.#until = this.now() + 60_000 * minutes;
  }
}
