/**
 * A repository that was in memory when the engine died is brought back by itself, once. What cannot be restored
 * without a long read is left to the person, and so is an engine that dies again before all is back.
 */
import type { Status } from '../../protocol';
import type { SidecarClient } from '../engine/sidecarClient';
import type { ReadingController } from './readingController';

export class CrashRecovery {
  readonly #subscription: { dispose(): void };
  #tried = false;

  constructor(
    client: Pick<SidecarClient, 'onStatus'>,
    private readonly reading: Pick<ReadingController, 'restore'>,
  ) {
    this.#subscription = client.onStatus((status) => this.#look(status));
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #look({ state, repository, lostRepository }: Status): void {
    if (repository?.complete || (state === 'noModel' && lostRepository === undefined)) this.#tried = false;
    if (lostRepository === undefined || state !== 'failed' || this.#tried) return;
    this.#tried = true;
    void this.reading.restore();
  }
}
