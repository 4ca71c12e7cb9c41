/**
 * All work that may touch the model: so that it can be shown, stopped, and waited for before the model under it goes
 * away. Whatever is not in this list must not use the model.
 */
import { Cancelled } from './errors';

/** `other` is too short to be shown. */
export type Activity = 'restoring' | 'reading' | 'answering' | 'completing' | 'measuring' | 'other';

interface Entry {
  activity: Activity;
  stop: AbortController;
  done: Promise<unknown>;
}

export class Running {
  private readonly entries = new Set<Entry>();

  constructor(private readonly onChange: () => void) {}

  has(activity: Activity): boolean {
    return [...this.entries].some((entry) => entry.activity === activity);
  }

  /** Runs `work` with a signal that fires when the caller's does, or when everything is stopped. It is in the list before this returns. */
  async track<T>(activity: Activity, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const done = work(signal ? AbortSignal.any([signal, stop.signal]) : stop.signal);
    const entry: Entry = { activity, stop, done };
    this.entries.add(entry);
    this.onChange();
    try {
      return await done;
    } finally {
      this.entries.delete(entry);
      this.onChange();
    }
  }

  /** Stops everything and waits until it has ended, also what was begun while waiting. */
  async stopAll(reason: string): Promise<void> {
    while (this.entries.size > 0) {
      const entries = [...this.entries];
      for (const { stop } of entries) stop.abort(new Cancelled(reason));
      await Promise.allSettled(entries.map(({ done }) => done));
      // `track` takes an entry out one turn after its work has ended.
      for (const entry of entries) this.entries.delete(entry);
    }
  }
}
