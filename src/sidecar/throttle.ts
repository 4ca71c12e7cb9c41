/**
 * At most four calls a second: the first at once, then the newest state of affairs, never one that is out of date. What is
 * told is drawn in the status bar, a notification and two views, and every drawing takes time from the keys that are typed.
 */
const intervalMs = 250;

export class Throttle {
  private last = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly call: () => void) {}

  trigger(): void {
    if (this.timer) return;
    const wait = this.last + intervalMs - performance.now();
    if (wait <= 0) {
      this.run();
      return;
    }
    this.timer = setTimeout(() => this.run(), wait);
    this.timer.unref();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private run(): void {
    this.dispose();
    this.last = performance.now();
    this.call();
  }
}
