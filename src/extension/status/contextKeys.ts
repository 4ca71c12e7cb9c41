/** The keys that menus look at follow what is really going on, and are set only when they change. */
import type { Status } from '../../protocol';
import type { ReadingView } from '../reading/readingController';

export const contextKeys = ['bonsai.reading', 'bonsai.paused'] as const;
export type ContextKey = (typeof contextKeys)[number];

export class ContextKeys {
  readonly #set = new Map<ContextKey, boolean>();

  /** @param apply sets one key in the editor */
  constructor(private readonly apply: (key: ContextKey, value: boolean) => unknown) {}

  update(status: Status, reading: ReadingView): void {
    const isReading = reading.doing === 'reading';
    this.#put('bonsai.reading', isReading);
    this.#put('bonsai.paused', isPaused(status, reading));
  }

  #put(key: ContextKey, value: boolean): void {
    if (this.#set.get(key) === value) return;
    this.#set.set(key, value);
    this.apply(key, value);
  }
}

/** Whether reading was stopped before the end and can go on from there. */
export function isPaused(status: Status, reading: ReadingView): boolean {
  return reading.doing !== 'reading' && status.repository?.memory.paused === true;
}
