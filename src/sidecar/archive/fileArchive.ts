/** The archive as one loaded model uses it: what is read is recorded in one precision, and what is there takes the place of reading. */
import type { CacheType } from '../../protocol';
import { messageOf } from '../../protocol/messageOf';
import type { CacheSettings } from '../engine/cachePlan';
import { bytesPerValue } from '../engine/cacheTypes';
import { RowsRefused, type Sequence } from '../engine/sequence';
import type { Archive } from './archive';
import { ObjectDamaged, type ObjectFile } from './objectFile';
import { piecesOf, type NamedContent } from './pieces';
import { Recorder } from './recorder';

/** After so many objects that the engine does not take it is not the objects. */
const mostRefusals = 8;

type CacheTypes = Pick<CacheSettings, 'keyType' | 'valueType'>;

/** On disk. @param cacheBytes that a cache of these types takes for a token */
export function archivedBytesPerToken(type: CacheType, cacheBytes: number, { keyType, valueType }: CacheTypes): number {
  return (cacheBytes * 2 * bytesPerValue(type)) / (bytesPerValue(keyType) + bytesPerValue(valueType));
}

export class FileArchive {
  private records = true;
  /** Of rows, one after the other. */
  private refusals = 0;

  constructor(
    private readonly archive: Archive,
    private readonly type: CacheType,
    private readonly log: (text: string) => void,
  ) {}

  /** Tokens of a file whose rows are there. @param tokens of the file with its head */
  tokensOf(content: NamedContent, tokens: number): number {
    return this.archive.tokensOf(content, tokens);
  }

  /** On disk. @param cacheBytes that a cache of these types takes for a token */
  bytesPerToken(cacheBytes: number, types: CacheTypes): number {
    return archivedBytesPerToken(this.type, cacheBytes, types);
  }

  /** Whether the rows of tokens [from, to) of a file are there, as far as this process knows. @param tokens of the file with its head */
  covers(content: NamedContent, tokens: number, { from, to }: { from: number; to: number }): boolean {
    return piecesOf(content, tokens).every((piece) => piece.to <= from || piece.from >= to || this.archive.has(piece.name));
  }

  /** This file is going to be read. @param tokens of it with its head */
  want(content: NamedContent, tokens: number): void {
    this.archive.want(content, tokens);
  }

  /** Takes the rows of what is read into a sequence; undefined once rows could not be taken. */
  recorder(sequence: Sequence): Recorder | undefined {
    if (!this.records) return undefined;
    return new Recorder(this.archive, sequence, this.type, (error) => {
      // A family with a recurrent state, for one: it will not be another time either.
      this.records = false;
      this.log(`What is read with this model is not archived: ${messageOf(error)}`);
    });
  }

  /**
   * Hands the rows of exactly these tokens to `work`, where they are there. Rows that are of no use are removed, whatever `work`
   * has done by then is the caller's to find out.
   * @throws what `work` throws that is not the rows' fault
   */
  async use(name: string, tokens: Uint32Array, work: (object: ObjectFile) => Promise<void>): Promise<void> {
    const object = this.refusals < mostRefusals ? await this.archive.find(name, tokens) : undefined;
    if (!object) return;
    try {
      await work(object);
      this.refusals = 0;
    } catch (error) {
      if (!(error instanceof ObjectDamaged || error instanceof RowsRefused)) throw error;
      this.refusals++;
      await this.archive.discard(name, error);
    } finally {
      await object.close();
    }
  }

  /** Removes everything, of all models. @returns bytes that are free again */
  clear(): Promise<number> {
    return this.archive.clear();
  }

  /** Until everything that was recorded is written. */
  settled(): Promise<void> {
    return this.archive.settled();
  }
}
