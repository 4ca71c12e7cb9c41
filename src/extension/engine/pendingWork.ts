/** Every request in flight can be stopped at once, and anyone may wait until none is left. */
import { CancellationTokenSource, type CancellationToken } from 'vscode-jsonrpc/node';

export class PendingWork {
  readonly #sources = new Set<CancellationTokenSource>();
  #waiting: (() => void)[] = [];

  get count(): number {
    return this.#sources.size;
  }

  /** Runs work with a token that is cancelled with the caller's, or by {@link cancelAll}. */
  async run<T>(outer: CancellationToken | undefined, work: (token: CancellationToken) => Promise<T>): Promise<T> {
    const source = new CancellationTokenSource();
    const link = outer?.onCancellationRequested(() => source.cancel());
    if (outer?.isCancellationRequested) source.cancel();
    this.#sources.add(source);
    try {
      return await work(source.token);
    } finally {
      link?.dispose();
      this.#sources.delete(source);
      source.dispose();
      this.changed();
    }
  }

  cancelAll(): void {
    for (const source of this.#sources) source.cancel();
  }

  /** Wakes those who wait in {@link until}, because something they look at has changed. */
  changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
