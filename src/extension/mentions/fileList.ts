/**
 * The files of the workspace are those that the sidecar lists, with all its rules. A list is used again for some
 * seconds, so that typing asks once; while a newer one is on its way, the old one answers.
 */
/** Milliseconds that a list counts as new. */
const fresh = 5000;

export class FileList {
  #paths: readonly string[] | undefined;
  #asked: Promise<readonly string[]> | undefined;
  #askedAt = -Infinity;

  /**
   * @param list asks the sidecar
   * @param now milliseconds
   */
  constructor(
    private readonly list: () => Promise<readonly string[]>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** At most some seconds old. @throws as `list` does */
  current(): Promise<readonly string[]> {
    if (!this.#asked || this.now() - this.#askedAt > fresh) {
      this.#askedAt = this.now();
      this.#asked = this.list().then(
        (paths) => (this.#paths = paths),
        (error: unknown) => {
          this.#asked = undefined;
          throw error;
        },
      );
    }
    return this.#asked;
  }

  /** Without waiting when there is any list. @throws as `list` does, when there is none */
  async soon(): Promise<readonly string[]> {
    const newest = this.current();
    if (!this.#paths) return newest;
    newest.catch(() => undefined);
    return this.#paths;
  }

  /** What was listed is of another workspace. */
  forget(): void {
    this.#paths = undefined;
    this.#asked = undefined;
  }
}
