/**
 * A model that nobody uses gives its memory back after as many minutes as the settings say. The next action
 * brings back the model, and with it the repository that was in memory. Reading and answering are use.
 */
import type { Status } from '../../protocol';
import type { Translate } from '../util/text';

/** Milliseconds; a longer one would fire at once. */
const longestTimer = 2 ** 31 - 1;

export interface Unloadable {
  readonly status: Status;
  onStatus(listener: (status: Status) => void): { dispose(): void };
  sleep(why: string): Promise<void>;
}

export class IdleUnload {
  readonly #subscription: { dispose(): void };
  #timer: NodeJS.Timeout | undefined;
  #sleeping: Promise<void> | undefined;
  /** A repository was unloaded with the model. */
  #missing = false;

  /**
   * @param minutes of the settings; 0: never
   * @param restore brings the repository back, once a model is loaded again
   */
  constructor(
    private readonly client: Unloadable,
    private readonly minutes: () => number,
    private readonly restore: () => void,
    private readonly t: Translate,
  ) {
    this.#subscription = client.onStatus(() => this.refresh());
  }

  /** Waits from now on: something happened, or the setting changed. */
  refresh(): void {
    clearTimeout(this.#timer);
    const { state, repository } = this.client.status;
    if (repository) this.#missing = false;
    if (state !== 'ready') return;
    if (this.#missing) {
      this.#missing = false;
      this.restore();
    }
    const minutes = this.minutes();
    if (minutes === 0) return;
    this.#timer = setTimeout(
      () => {
        this.#sleeping = this.#sleep(minutes);
      },
      Math.min(minutes * 60_000, longestTimer),
    );
  }

  /** Resolves when the model is not just being unloaded; an action must not begin before. */
  async settled(): Promise<void> {
    await this.#sleeping;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscription.dispose();
  }

  async #sleep(minutes: number): Promise<void> {
    const had = this.client.status.repository !== undefined;
    const why = this.t('The model was unloaded after {0} minutes without use. The next action loads it again.', minutes);
    // A process that is gone already is what was wanted.
    await this.client.sleep(why).catch(() => undefined);
    this.#missing = had;
  }
}
