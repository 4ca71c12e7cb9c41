/**
 * Of a long chat the newest messages are there at once; the earlier ones come a few at a time, newest of them first,
 * when the page has nothing else to do: keys go first. Rendering a hundred answers in one go kept the text box waiting for as long as
 * everything else of an opening together.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Messages that are there at once: more than a tall side bar shows of short ones. */
const atOnce = 10;
/** Messages of one step; of long answers with code about as much as one frame allows. */
const perStep = 4;
/** Milliseconds after which a step comes although the page is busy. */
const patience = 200;

export class NewestFirst implements ReactiveController {
  /** Messages at the beginning that are still to come. */
  #left = 0;
  #next: number | undefined;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  /** @param count messages that there are now */
  begin(count: number): void {
    this.#left = Math.max(0, count - atOnce);
  }

  /** Some are still to come. */
  get busy(): boolean {
    return this.#left > 0;
  }

  /** The part that is to be rendered now. */
  of<T>(messages: readonly T[]): readonly T[] {
    return this.#left > 0 ? messages.slice(this.#left) : messages;
  }

  hostUpdated(): void {
    if (this.#left === 0 || this.#next !== undefined) return;
    const step = () => {
      this.#next = undefined;
      this.#left = Math.max(0, this.#left - perStep);
      this.host.requestUpdate();
    };
    this.#next = requestIdleCallback(step, { timeout: patience });
  }

  hostDisconnected(): void {
    if (this.#next !== undefined) cancelIdleCallback(this.#next);
    this.#next = undefined;
  }
}
