/**
 * Reads an update into a sequence: file after file in full chunks, each with the weights of its lines. What stands where
 * is known at any moment, so a reading that was stopped can go on from its last chunk.
 */
import { lineWeights } from '../../repo';
import type { LoadedModel } from '../engine/loadedModel';
import type { Sequence, Work } from '../engine/sequence';
import { concatTokens } from '../prompt/modelTokens';
import { tokenizeInPieces } from '../prompt/pieces';
import { fileHead, fileTokens, removalTokens, repositoryHead } from '../prompt/repositoryPrompt';
import type { Catalogue, CatalogueFile } from './catalogue';
import type { Lines } from './changedLines';
import { ChunkReader } from './chunkReader';
import type { CodeBook } from './codeBook';
import type { Disk } from './disk';
import { upTo } from './log';
import type { Segment } from './manifest';
import { LineBreaks, tokenWeights } from './tokenWeights';
import type { Reading, Update } from './update';

export interface ReaderHooks {
  /** After every decode, while others may run: save a checkpoint here. */
  onChunk: (chunk: { tokens: number; milliseconds: number }) => Promise<void> | void;
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
  private cut = false;
  private readonly breaks: LineBreaks;

  constructor(
    private readonly loaded: Pick<LoadedModel, 'model' | 'tokens' | 'chunk'>,
    /** Tells what it finds changed to the catalogue: what is recorded here is then also what the disk is known to have. */
    private readonly disk: Pick<Disk, 'read'>,
    private readonly code: Pick<CodeBook, 'of'>,
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
    const chunks = new ChunkReader(target, this.loaded.chunk, work, (tokens, milliseconds) => this.hooks.onChunk({ tokens, milliseconds }));
    const head = this.head(catalogue.name);
    // A reading may have been stopped within the head, too.
    if (update.position < head.length) {
      this.log = [];
      await this.add(chunks, { kind: 'head', path: '', hash: '' }, head.subarray(update.position), undefined, limit, 0);
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
      await this.add(chunks, { kind: 'removed', path: reading.path, hash: '' }, tokens, undefined, limit);
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
    const tokens = concatTokens(head, body).subarray(from);
    const last = this.log.at(-1);
    const begun = from > 0 && last?.path === reading.path ? last : undefined;
    if (begun) this.log.pop();
    const pinned = !begun || begun.pinned ? asked : undefined;
    const what = { kind: 'file' as const, path: reading.path, hash, ...(pinned ? { pinned } : {}) };
    await this.add(chunks, what, tokens, weights?.subarray(from), limit, begun?.start);
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
    await this.add(chunks, { kind: 'lines', path, hash, ...(pinned ? { pinned } : {}) }, concatTokens(...parts), undefined, limit);
  }

  /** Records before it decodes: `segments` cuts what did not come to be. */
  private async add(
    chunks: ChunkReader,
    what: Omit<Segment, 'start' | 'end'>,
    tokens: Uint32Array,
    weights: Float32Array | undefined,
    limit: number,
    start = chunks.position,
  ): Promise<void> {
    const taken = tokens.subarray(0, Math.max(0, limit - chunks.position));
    this.log.push({ ...what, start, end: chunks.position + taken.length });
    if (taken.length < tokens.length) this.cut = true;
    await chunks.push(taken, weights, what.pinned);
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
