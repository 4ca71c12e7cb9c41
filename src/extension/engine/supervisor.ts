/**
 * The sidecar is started again by the next action, never by itself. Every fast failure in a row doubles the
 * wait before the next start; after five of them nothing is started until the person asks for a restart or changes
 * a setting. A process that lived for half a minute clears the count.
 */
export interface RestartPolicy {
  /** A process that lived at least this long did not fail fast, milliseconds. */
  longLife: number;
  /** Fast failures in a row after which we give up. */
  limit: number;
  /** Wait after the second fast failure, milliseconds; doubles from there. The first one costs nothing. */
  firstWait: number;
}

export const defaultRestartPolicy: RestartPolicy = { longLife: 30_000, limit: 5, firstWait: 1000 };

export type StartDecision = { start: 'now' } | { start: 'later'; milliseconds: number } | { start: 'never' };

export class Supervisor {
  #fastFailures = 0;
  #lastFailure = 0;

  constructor(
    private readonly policy: RestartPolicy = defaultRestartPolicy,
    private readonly now: () => number = Date.now,
  ) {}

  /** Notes that a process ended unexpectedly. @param lived milliseconds from its start to its end */
  failed(lived: number): void {
    this.#fastFailures = lived >= this.policy.longLife ? 1 : this.#fastFailures + 1;
    this.#lastFailure = this.now();
  }

  /** Forgets the failures, because the person asked for a fresh start. */
  reset(): void {
    this.#fastFailures = 0;
  }

  decide(): StartDecision {
    if (this.#fastFailures >= this.policy.limit) return { start: 'never' };
    if (this.#fastFailures < 2) return { start: 'now' };
    const wait = this.policy.firstWait * 2 ** (this.#fastFailures - 2);
    const left = this.#lastFailure + wait - this.now();
    return left > 0 ? { start: 'later', milliseconds: left } : { start: 'now' };
  }
}
