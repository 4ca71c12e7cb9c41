/** A clock that stands still until it is told to go on. */
import type { Timer } from '../../../../src/extension/util/timer';

/** Lets everything run that waits for nothing but its turn. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class FakeTimer implements Timer {
  #now = 0;
  #next = 0;
  readonly #waiting = new Map<number, { at: number; action: () => void }>();

  now(): number {
    return this.#now;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  after(milliseconds: number, action: () => void): () => void {
    const id = this.#next++;
    this.#waiting.set(id, { at: this.#now + Math.max(0, milliseconds), action });
    return () => void this.#waiting.delete(id);
  }

  /** Lets the time pass, and everything happen that was to happen by then. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (;;) {
      const due = [...this.#waiting].filter(([, { at }]) => at <= end).sort(([i, a], [j, b]) => a.at - b.at || i - j)[0];
      if (!due) break;
      const [id, { at, action }] = due;
      this.#waiting.delete(id);
      this.#now = Math.max(this.#now, at);
      action();
      await settle();
    }
    this.#now = end;
  }
}
