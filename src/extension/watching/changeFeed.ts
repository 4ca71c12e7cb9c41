/**
 * Changes come in flocks and are told in one message: when it has been quiet for a moment, or after a few
 * seconds of no quiet. Each file is told once; a flock too large to be worth naming is told as "anything may have
 * changed". What nobody listens to is dropped, because a sidecar that starts later looks for itself.
 */
export interface ChangeFeedOptions {
  /** @param paths absolute; none: anything may have changed */
  send: (paths: string[]) => void;
  /** Whether there is anybody to tell, in a workspace that may be read. */
  wanted: () => boolean;
  /** Quiet before a flock is told, milliseconds. */
  quiet?: number;
  /** The longest that a change waits for quiet, milliseconds. */
  longest?: number;
  /** Paths in one message. */
  most?: number;
}

export class ChangeFeed {
  readonly #paths = new Set<string>();
  readonly #quiet: number;
  readonly #longest: number;
  readonly #most: number;
  #anything = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the first change of the flock came. */
  #since = 0;

  constructor(private readonly options: ChangeFeedOptions) {
    this.#quiet = options.quiet ?? 300;
    this.#longest = options.longest ?? 3000;
    this.#most = options.most ?? 500;
  }

  /** @param path absolute */
  changed(path: string): void {
    this.#note(() => {
      if (this.#paths.size < this.#most || this.#paths.has(path)) this.#paths.add(path);
      else this.#anything = true;
    });
  }

  anything(): void {
    this.#note(() => (this.#anything = true));
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #note(add: () => void): void {
    if (!this.options.wanted()) return;
    add();
    if (this.#timer === undefined) this.#since = Date.now();
    clearTimeout(this.#timer);
    const left = this.#since + this.#longest - Date.now();
    this.#timer = setTimeout(() => this.#flush(), Math.max(0, Math.min(this.#quiet, left)));
  }

  #flush(): void {
    const paths = this.#anything ? [] : [...this.#paths];
    this.#timer = undefined;
    this.#anything = false;
    this.#paths.clear();
    if (this.options.wanted()) this.options.send(paths);
  }
}
