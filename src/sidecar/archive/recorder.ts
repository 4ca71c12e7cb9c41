/** Takes the rows of what is read, decode after decode, and gives the archive every piece that has become whole. */
import type { CacheType } from '../../protocol';
import type { Sequence, Work } from '../engine/sequence';
import type { Frame } from './objectFile';

/** A piece that is going to be read. */
export interface Awaited {
  name: string;
  tokens: Uint32Array;
  /** Of its first token, in the sequence. */
  position: number;
}

/** Where whole pieces go. */
export interface Shelf {
  put(name: string, tokens: Uint32Array, frames: readonly Frame[]): Promise<void>;
}

export class Recorder {
  /** In the order of their positions. */
  private awaited: (Awaited & { frames: Frame[] })[] = [];
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly shelf: Shelf,
    private readonly sequence: Pick<Sequence, 'takeRows'>,
    private readonly type: CacheType,
    /** Told once why nothing is recorded any more. */
    private readonly onFailure: (error: unknown) => void,
  ) {}

  expect(piece: Awaited): void {
    this.awaited.push({ ...piece, frames: [] });
  }

  /**
   * Tokens [first, first + count) were read just now: nothing may be read into the sequence before this has ended.
   * @throws the signal's reason when stopped
   */
  async decoded(first: number, count: number, { session, signal }: Work): Promise<void> {
    for (const piece of this.awaited) {
      const from = Math.max(first, piece.position);
      const to = Math.min(first + count, piece.position + piece.tokens.length);
      if (from >= to) continue;
      try {
        const rows = await session.unit(() => this.sequence.takeRows(from, to - from, this.type), signal);
        piece.frames.push({ tokens: to - from, rows });
      } catch (error) {
        this.awaited = [];
        if (signal?.aborted) throw error;
        this.onFailure(error);
        return;
      }
      if (to < piece.position + piece.tokens.length) continue;
      // The disk is given the time of one piece: rows of more are not gathered.
      await this.writing;
      this.writing = this.shelf.put(piece.name, piece.tokens, piece.frames);
    }
    this.awaited = this.awaited.filter(({ position, tokens }) => position + tokens.length > first + count);
  }
}
