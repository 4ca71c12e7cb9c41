/** After a long absence from the window anything may have changed, whatever the watchers saw; after a short one they are believed. */
export class Absence {
  #since: number | undefined;

  /** @param long milliseconds that count as long */
  constructor(
    private readonly long = 5 * 60_000,
    private readonly now: () => number = Date.now,
  ) {}

  /** Notes that the window lost or got the focus. @returns whether a long absence has just ended */
  focus(focused: boolean): boolean {
    const since = this.#since;
    if (!focused) {
      this.#since ??= this.now();
      return false;
    }
    this.#since = undefined;
    return since !== undefined && this.now() - since >= this.long;
  }
}
