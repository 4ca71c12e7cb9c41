/** Where objects of the archive are taken to, and from: a folder, or a bucket of an object store. */

export interface SharedStore {
  /** For people: where it is. */
  readonly address: string;
  /** @returns the bytes of each thing that is there, by its name with `/` @throws BonsaiError; the signal's reason when stopped */
  list(signal: AbortSignal): Promise<Map<string, number>>;
  /**
   * The content, at most what is there and perhaps more than `bytes`.
   * @param bytes as listed
   * @throws BonsaiError; `Gone`; the signal's reason when stopped
   */
  read(name: string, bytes: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** The whole content under this name, or nothing. @throws BonsaiError; the signal's reason when stopped */
  write(name: string, content: Uint8Array, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** What was listed is not there any more. */
export class Gone extends Error {
  constructor() {
    super('it is gone');
  }
}
