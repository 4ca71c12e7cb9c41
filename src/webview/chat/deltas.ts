/** Streamed pieces are gathered and shown at most once per frame, however fast they come. */
export class DeltaBuffer {
  readonly #pending = new Map<string, string>();
  #waiting = false;

  /** @param flush gets the gathered text of every message that grew */
  constructor(private readonly flush: (grown: ReadonlyMap<string, string>) => void) {}

  add(id: string, text: string): void {
    this.#pending.set(id, (this.#pending.get(id) ?? '') + text);
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      this.#waiting = false;
      const grown = new Map(this.#pending);
      this.#pending.clear();
      this.flush(grown);
    });
  }

  /** Forgets what is pending for a message whose whole text has come; without an id, everything. */
  drop(id?: string): void {
    if (id === undefined) this.#pending.clear();
    else this.#pending.delete(id);
  }
}
