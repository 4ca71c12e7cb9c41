/**
 * A message grows in the box while it is written. What the person types there meanwhile is theirs: nothing is written
 * over it. When the message is whole, one step of undo brings back what was there before; without a message it comes back by
 * itself.
 */
export interface Box {
  value: string;
}

export class BoxWriter {
  readonly before: string;
  readonly #written: Set<string>;
  #typed = false;

  constructor(private readonly box: Box) {
    this.before = box.value;
    this.#written = new Set([this.before]);
  }

  /** Whether the person has typed into the box. */
  get typed(): boolean {
    // The editor reports our own texts back, late; any of them is ours.
    this.#typed ||= !this.#written.has(this.box.value);
    return this.#typed;
  }

  /** Shows the message as far as it is written. */
  write(text: string): void {
    if (text === '' || this.typed) return;
    this.#written.add(text);
    this.box.value = text;
  }

  /** The message is whole. */
  finish(text: string): void {
    this.restore();
    this.write(text);
  }

  /** Puts back what was there before. */
  restore(): void {
    if (!this.typed) this.box.value = this.before;
  }
}
