/**
 * Reads an update into a sequence: file after file in full chunks, each with the weights of its lines. What stands where
 * is known at any moment, so a reading that was stopped can go on from its last chunk. A file whose rows are in the archive
 * is put together from them; of every other one they are archived while it is read.
 */
import { lineWeights } from '../../repo';
import type { FileArchive } from '../archive/fileArchive';
import { piecesOf, type NamedContent } from '../archive/pieces';
import type { Recorder } from '../archive/recorder';
import type { LoadedModel } from '../engine/loadedModel';
import type { Sequence, Work } from '../engine/sequence';
import { concatTokens } from '../prompt/modelTokens';
import { tokenizeInPieces } from '../prompt/tokenizeInPieces';
import { fileHead, fileTokens, removalTokens, repositoryHead } from '../prompt/repositoryPrompt';
import type { Catalogue, CatalogueFile } from './catalogue';
import type { Lines } from './changedLines';
import { ChunkReader, type ReadChunk } from './chunkReader';
import type { CodeBook } from './codeBook';
import type { Disk } from './disk';
import { upTo } from './log';
import type { Segment } from './manifest';
import { LineBreaks, tokenWeights } from './tokenWeights';
import type { Reading, Update } from './update';

export interface ReaderHooks {
  /** After every decode, and whenever rows were put back, while others may run: save a checkpoint here. */
  onChunk: (chunk: ReadChunk) => Promise<void> | void;
}

export interface ReadRequest {
  update: Update;
  catalogue: Catalogue;
  target: Sequence;
  work: Work;
  /** The sequence is not read beyond so many tokens. */
  limit: number;
}

export class Reader {
  private log: Segment[] = [];
  private target: Sequence | undefined;
  private recorder: Recorder | undefined;
  private cut = false;
  private readonly breaks: LineBreaks;

  constructor(
    private readonly loaded: Pick<LoadedModel, 'model' | 'tokens' | 'chunk'>,
    /** Tells what it finds changed to the catalogue: what is recorded here is then also what the disk is known to have. */
    private readonly disk: Pick<Disk, 'read'>,
    private readonly code: Pick<CodeBook, 'of'>,
    /** Undefined: nothing is archived. */
    private readonly archive: FileArchive | undefined,
    private readonly hooks: ReaderHooks,
  ) {
    this.breaks = new LineBreaks(loaded.model);
  }

  /** What has been decoded, the last segment perhaps in part. */
  get segments(): Segment[] {
    return upTo(this.log, this.target?.position ?? 0);
  }

  /** The file that a token belongs to. */
  fileAt(position: number): string | undefined {
    return this.log.findLast(({ path, start }) => path !== '' && start <= position)?.path;
  }

  /**
   * @returns whether everything was read, or the limit came before
   * @throws the signal's reason when stopped, BonsaiError `context-full` or `engine-failed`; `segments` is then what was read
   */
  async read({ update, catalogue, target, work, limit }: ReadRequest): Promise<boolean> {
    this.target = target;
    this.log = [...update.kept];
    this.recorder = this.archive?.recorder(target);
    for (const { kind, path, hash, tokens, from } of update.readings)
      if (kind === 'file') this.archive?.want({ path, hash }, from + tokens);
    const chunks = new ChunkReader(target, this.loaded.chunk, work, async (chunk) => {
      if (!chunk.recalled) await this.recorder?.decoded(chunk.position, chunk.tokens, work);
      await this.hooks.onChunk(chunk);
    });
    const head = this.head(catalogue.name);
    // A reading may have been stopped within the head, too.
    if (update.position < head.length) {
      this.log = [];
      await this.add(chunks, { kind: 'head', path: '', hash: '' }, head.subarray(update.position), limit, 0);
    }
    const entries = new Map(catalogue.files.map((entry) => [entry.path, entry]));
    for (const reading of update.readings) {
      if (this.cut) break;
      await this.readOne(chunks, reading, entries.get(reading.path), limit);
    }
    await chunks.flush();
    return !this.cut;
  }

  private async readOne(chunks: ChunkReader, reading: Reading, entry: CatalogueFile | undefined, limit: number): Promise<void> {
    if (reading.kind === 'removed') {
      const tokens = removalTokens(this.loaded.model, this.loaded.tokens, reading.path);
      await this.add(chunks, { kind: 'removed', path: reading.path, hash: '' }, tokens, limit);
      return;
    }
    const read = entry && (await this.disk.read(entry));
    // It went away since it was listed: the next look at the disk will say so.
    if (!read) return;
    const { hash, pinned: asked } = read.entry;
    const same = hash === reading.hash;
    if (reading.lines && same) {
      await this.readLines(chunks, { ...reading, lines: reading.lines }, read.entry, read.text, limit);
      return;
    }
    const head = fileHead(this.loaded.model, this.loaded.tokens, reading.path);
    const body = await tokenizeInPieces(this.loaded.model, read.text);
    const weights = await this.weights(read, head.length, body);
    const from = same ? reading.from : 0;
    const tokens = concatTokens(head, body);
    const last = this.log.at(-1);
    const begun = from > 0 && last?.path === reading.path ? last : undefined;
    if (begun) this.log.pop();
    const pinned = !begun || begun.pinned ? asked : undefined;
    const what = { kind: 'file' as const, path: reading.path, hash, ...(pinned ? { pinned } : {}) };
    const taken = this.note(chunks, what, tokens.subarray(from), limit, begun?.start);
    await this.readPieces(chunks, what, { tokens, from, to: from + taken }, weights);
  }

  /** Tokens [from, to) of a file, each piece from the archive where its rows are there. */
  private async readPieces(
    chunks: ChunkReader,
    what: NamedContent & Pick<Segment, 'pinned'>,
    { tokens, from, to }: { tokens: Uint32Array; from: number; to: number },
    weights: Float32Array | undefined,
  ): Promise<void> {
    const { archive, recorder } = this;
    const pieces = archive ? piecesOf(what, tokens.length) : [{ name: '', from: 0, to: tokens.length }];
    for (const piece of pieces) {
      const first = Math.max(from, piece.from);
      const end = Math.min(to, piece.to);
      if (first >= end) continue;
      const own = tokens.subarray(piece.from, piece.to);
      let at = first;
      if (archive) {
        const before = chunks.position;
        await archive.use(piece.name, own, (object) =>
          chunks.put(object, first - piece.from, end - piece.from, weights?.subarray(first, end), what.pinned),
        );
        at += chunks.position - before;
      }
      if (at === piece.from && end === piece.to) recorder?.expect({ name: piece.name, tokens: own, position: chunks.position });
      await chunks.push(tokens.subarray(at, end), weights?.subarray(at, end), what.pinned);
    }
  }

  /** Each run of changed lines under a head of its own, which says where they stand now. */
  private async readLines(
    chunks: ChunkReader,
    { path, hash, lines }: Reading & { lines: readonly Lines[] },
    { pinned }: CatalogueFile,
    text: string,
    limit: number,
  ): Promise<void> {
    const all = text.split('\n');
    const { model, tokens } = this.loaded;
    const parts = lines.map(({ startLine, endLine }) =>
      fileTokens(model, tokens, `${path}:${startLine}-${endLine}`, `${all.slice(startLine - 1, endLine).join('\n')}\n`),
    );
    await this.add(chunks, { kind: 'lines', path, hash, ...(pinned ? { pinned } : {}) }, concatTokens(...parts), limit);
  }

  private async add(
    chunks: ChunkReader,
    what: Omit<Segment, 'start' | 'end'>,
    tokens: Uint32Array,
    limit: number,
    start?: number,
  ): Promise<void> {
    const taken = this.note(chunks, what, tokens, limit, start);
    await chunks.push(tokens.subarray(0, taken), undefined, what.pinned);
  }

  /** Notes down what is going to be read: `segments` cuts what did not come to be. @returns how many of the tokens are within the limit */
  private note(
    chunks: ChunkReader,
    what: Omit<Segment, 'start' | 'end'>,
    tokens: Uint32Array,
    limit: number,
    start = chunks.position,
  ): number {
    const taken = Math.min(tokens.length, Math.max(0, limit - chunks.position));
    this.log.push({ ...what, start, end: chunks.position + taken });
    if (taken < tokens.length) this.cut = true;
    return taken;
  }

  private head(name: string): Uint32Array {
    return repositoryHead(this.loaded.model, this.loaded.tokens, name);
  }

  private async weights(
    { entry, text }: { entry: CatalogueFile; text: string },
    headLength: number,
    body: Uint32Array,
  ): Promise<Float32Array | undefined> {
    const code = await this.code.of(entry, text);
    if (!code) return undefined;
    const weights = new Float32Array(headLength + body.length).fill(headWeight);
    weights.set(tokenWeights(body, lineWeights(code, text.split('\n').length), this.breaks), headLength);
    return weights;
  }
}

/** A file's name is asked for more than any line in it. */
const headWeight = 2;
