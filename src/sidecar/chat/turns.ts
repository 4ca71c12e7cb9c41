/** One at a time, in the order in which they came. A request that is stopped while it waits leaves the queue at once. */
import { abortReason } from '../engine/scheduler';

export class Turns {
  private readonly line: { ahead: (count: number) => void; begin: () => void }[] = [];
  private taken = false;

  /**
   * @param ahead told how many come first, whenever that changes, and 0 when the turn has come; not when nobody was there
   * @throws the signal's reason when it is stopped before its turn
   */
  async take<T>(work: () => Promise<T>, ahead: (count: number) => void, signal?: AbortSignal): Promise<T> {
    if (this.taken) await this.wait(ahead, signal);
    this.taken = true;
    try {
      return await work();
    } finally {
      this.taken = false;
      this.line.shift()?.begin();
      this.tell();
    }
  }

  private wait(ahead: (count: number) => void, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(abortReason(signal));
        return;
      }
      const leave = () => {
        this.line.splice(this.line.indexOf(place), 1);
        this.tell();
        reject(abortReason(signal));
      };
      const place = {
        ahead,
        begin: () => {
          // Nobody may come in between.
          this.taken = true;
          signal?.removeEventListener('abort', leave);
          ahead(0);
          resolve();
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.line.push(place);
      ahead(this.line.length);
    });
  }

  private tell(): void {
    for (const [i, { ahead }] of this.line.entries()) ahead(i + 1);
  }
}
