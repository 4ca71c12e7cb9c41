/**
 * Which workspaces were in memory on this machine. Where this one was, its memory comes back when the window has been
 * quiet for a moment, so that it is there before the first question; a question that comes earlier brings it back itself.
 */
import type { Status } from '../../protocol';
import type { ReadingTarget } from './readingController';

/** Milliseconds without a key or a click in an editor. */
const quiet = 5000;
/** Workspaces that are remembered. */
const most = 200;
const key = 'bonsai.memory.workspaces';

export interface SavedBeforeOptions {
  place: () => ReadingTarget | undefined;
  remembered: { get(key: string): unknown; update(key: string, value: unknown): Thenable<void> };
  /** Whether the person looks at this window: several that are opened at once must not all load a model. */
  focused: () => boolean;
  loaded: () => boolean;
  /** Loads the model, and with it what is saved. */
  load: () => void;
  quiet?: number;
}

export class SavedBefore {
  #timer: NodeJS.Timeout | undefined;
  #done = false;

  constructor(private readonly options: SavedBeforeOptions) {
    this.stir();
  }

  /** Whether something of this workspace was in memory before, as far as is known. */
  get known(): boolean {
    const place = this.options.place();
    return place !== undefined && this.#all().includes(idOf(place));
  }

  /** Waits again: the person does something, or the window came to the front. */
  stir(): void {
    if (this.#done) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#bringBack(), this.options.quiet ?? quiet);
  }

  /** Learns that the repository is in memory. */
  learn({ repository }: Status): void {
    const place = repository && this.options.place();
    if (!place || this.known) return;
    void this.options.remembered.update(key, [...this.#all(), idOf(place)].slice(-most));
  }

  dispose(): void {
    this.#done = true;
    clearTimeout(this.#timer);
  }

  #bringBack(): void {
    if (this.#done || !this.options.focused()) return;
    if (this.options.loaded() || this.known) this.#done = true;
    if (!this.options.loaded() && this.known) this.options.load();
  }

  #all(): string[] {
    const value = this.options.remembered.get(key);
    return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
  }
}

const idOf = ({ folders }: ReadingTarget): string => JSON.stringify(folders);
