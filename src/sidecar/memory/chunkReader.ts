/**
 * Reads many small texts as full chunks: a decode of 20 tokens costs the engine almost what one of 256 does. What has
 * been handed over stands at known positions before it is decoded. Rows that were computed before take the place of reading.
 */
import type { ObjectFile } from '../archive/objectFile';
import type { Sequence, Work } from '../engine/sequence';

export interface ReadChunk {
  /** Of its first token. */
  position: number;
  tokens: number;
  milliseconds: number;
  /** Whether its rows were put back, and nothing was computed. */
  recalled: boolean;
}

export class ChunkReader {
  private readonly tokens: Uint32Array;
  private readonly weights: Float32Array;
  private readonly pins: Uint8Array;
  private length = 0;

  /**
   * @param chunk tokens per decode
   * @param onChunk awaited after each decode, and after rows were put back
   */
  constructor(
    private readonly sequence: Sequence,
    private readonly chunk: number,
    private readonly work: Work,
    private readonly onChunk: (chunk: ReadChunk) => Promise<void> | void,
  ) {
    this.tokens = new Uint32Array(chunk);
    this.weights = new Float32Array(chunk);
    this.pins = new Uint8Array(chunk);
  }

  /** Position of the next token handed over. */
  get position(): number {
    return this.sequence.position + this.length;
  }

  /**
   * Takes tokens and decodes every full chunk.
   * @param weights one per token; absent: neutral
   * @param pinned whether the engine is asked to keep every one of them
   * @throws as `Sequence.evaluate`; what was not decoded is then lost
   */
  async push(tokens: Uint32Array, weights?: Float32Array, pinned = false): Promise<void> {
    let taken = 0;
    while (taken < tokens.length) {
      const count = Math.min(this.chunk - this.length, tokens.length - taken);
      this.tokens.set(tokens.subarray(taken, taken + count), this.length);
      if (weights) this.weights.set(weights.subarray(taken, taken + count), this.length);
      else this.weights.fill(1, this.length, this.length + count);
      this.pins.fill(pinned ? 1 : 0, this.length, this.length + count);
      this.length += count;
      taken += count;
      if (this.length === this.chunk) await this.flush();
    }
  }

  /** Decodes what is left over. */
  async flush(): Promise<void> {
    if (this.length === 0) return;
    const length = this.length;
    this.length = 0;
    this.sequence.hint(this.weights.slice(0, length), this.pins.slice(0, length));
    const { position } = this.sequence;
    let milliseconds = 0;
    await this.sequence.evaluate(this.tokens.slice(0, length), this.work, (_, time) => (milliseconds += time));
    await this.onChunk({ position, tokens: length, milliseconds, recalled: false });
  }

  /**
   * Appends the rows of tokens [from, to) of an object, after what was handed over before.
   * @param weights one per token; absent: neutral
   * @throws the signal's reason when stopped; BonsaiError or ObjectDamaged where the rows are of no use: those before have been
   * appended then, and nothing else
   */
  async put(object: ObjectFile, from: number, to: number, weights?: Float32Array, pinned = false): Promise<void> {
    await this.flush();
    let taken = 0;
    for await (const { rows, first, count } of object.frames(from, to)) {
      const position = this.sequence.position;
      const hints = weights ? weights.slice(taken, taken + count) : new Float32Array(count).fill(1);
      const began = performance.now();
      await this.work.session.unit(async () => {
        this.sequence.hint(hints, new Uint8Array(count).fill(pinned ? 1 : 0));
        await this.sequence.putRows(rows, first, count);
      }, this.work.signal);
      taken += count;
      await this.onChunk({ position, tokens: count, milliseconds: performance.now() - began, recalled: true });
    }
  }
}
