/**
 * One question to the engine. Those who wait for it may leave and others may come, since a newer place often
 * lies on the way along the same answer; a question that nobody has waited for during a moment is stopped. One that was
 * asked ahead of time has nobody waiting from the start, and runs to its end unless the person goes elsewhere.
 */
import type { Timer } from '../util/timer';
import { untilAborted } from '../util/timer';
import type { CursorPlace } from './cursorPlace';

/** Milliseconds. The editor cancels with every key and asks again 50 ms later; this is five times as long. */
export const patience = 250;

export class Flight {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #waiting = 0;
  #landed = false;
  #takeBack: (() => void) | undefined;

  /**
   * @param ask sends the question, and keeps the answer when it comes; rejects when it was stopped or has failed
   * @param ahead nobody waits for it yet
   */
  constructor(
    readonly place: CursorPlace,
    ask: (signal: AbortSignal) => Promise<void>,
    private readonly timer: Timer,
    private readonly ahead: boolean,
  ) {
    this.#done = ask(this.#stop.signal).finally(() => {
      this.#landed = true;
      this.#takeBack?.();
    });
    this.#done.catch(() => undefined);
  }

  /** Whether an answer can still come. */
  get hopeful(): boolean {
    return !this.#landed && !this.#stop.signal.aborted;
  }

  /** Resolves when the engine is free again; never rejects. */
  get landed(): Promise<void> {
    return this.#done.catch(() => undefined);
  }

  stop(): void {
    this.#takeBack?.();
    this.#stop.abort('nobody waits');
  }

  /** Waits for the answer, or until the signal is aborted. Rejects with the failure of a question that was not stopped. */
  async wait(signal: AbortSignal): Promise<void> {
    this.#takeBack?.();
    this.#takeBack = undefined;
    this.#waiting++;
    try {
      await untilAborted(this.#done, signal);
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    } finally {
      this.#waiting--;
      if (this.#waiting === 0 && this.hopeful && !this.ahead) this.#takeBack = this.timer.after(patience, () => this.stop());
    }
  }
}
