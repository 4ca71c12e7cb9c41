/** What runs at the moment: so that it can be shown, stopped, and waited for before the model under it goes away. */
import { Cancelled } from './errors';

export type Activity = 'reading' | 'answering' | 'completing' | 'measuring';

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

  /** Runs `work` with a signal that fires when the caller's does, or when everything is stopped. */
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

  async stopAll(reason: string): Promise<void> {
    const entries = [...this.entries];
    for (const { stop } of entries) stop.abort(new Cancelled(reason));
    await Promise.allSettled(entries.map(({ done }) => done));
  }
}
