/** Which lines of source come as rows of the archive instead of text, and putting them into a sequence. */
import { withLineFeeds } from '../../repo/text/lineEnds';
import type { FileArchive } from '../archive/fileArchive';
import { piecesOf } from '../archive/pieces';
import type { LoadedModel } from '../engine/loadedModel';
import type { Sequence, Work } from '../engine/sequence';
import type { CatalogueFile } from './catalogue';
import type { Disk } from './disk';
import { LineBreaks, tokensOfLines } from './tokenWeights';
import { concatTokens } from '../prompt/modelTokens';
import { tokenizeInPieces } from '../prompt/tokenizeInPieces';
import { fileHead } from '../prompt/repositoryPrompt';
import type { SourceLines } from '../prompt/sourceBlock';
import type { SourcePlace } from '../prompt/sourcePlaces';
import { sameRuns, withoutOverlaps, type Run } from '../recall/sameTokens';

/** Lines of a file, all of whose rows are in the archive. */
export interface LineRows {
  path: string;
  /** Of the file's content. */
  hash: string;
  /** Of the whole file with its head. */
  file: Uint32Array;
  /** The lines are tokens [from, to) of it. */
  from: number;
  to: number;
  /** Of these lines. */
  tokens: Uint32Array;
  /** Of these, the first so many are read all the same. */
  lead: number;
}

interface ArchivedFile extends Pick<LineRows, 'path' | 'hash' | 'file'> {
  text: string;
  /** Tokens of its head. */
  head: number;
}

/** Seconds that reading the source of a question may take, and those that reading a prompt of ghost text may. */
const secondsOfText = 2;
const secondsOfGhostText = 0.2;
/** Tokens of a run that rows are put for: reading fewer costs little more than the decode of what stands before them. */
const shortestRun = 24;
/**
 * Tokens of each place that are read before anything else is, the short places whole: lines that have to be put together are
 * understood as text alone, and what a longer place is about stands in its first lines mostly. With that rows answer as text does
 * (docs/results/rows.md).
 */
const leadTokens = 48;

export class SourceRows {
  private readonly breaks: LineBreaks;

  constructor(
    private readonly loaded: Pick<LoadedModel, 'model' | 'tokens'>,
    private readonly disk: Pick<Disk, 'read' | 'catalogue'>,
    private readonly archive: FileArchive | undefined,
    /** Tokens a second, as last measured; null: never. */
    private readonly rate: () => number | null,
  ) {
    this.breaks = new LineBreaks(loaded.model);
  }

  /**
   * Of the lines that stand in a turn, those that come as rows, all but their first tokens: where they are in the archive, and
   * reading all as text would take too long.
   * @param sources the best ones first @param textTokens that are read as text at most; absent: as many as take two seconds
   */
  async choose(sources: readonly { lines: SourceLines; tokens: number }[], textTokens?: number): Promise<Map<SourceLines, LineRows>> {
    const chosen = new Map<SourceLines, LineRows>();
    if (!this.archive) return chosen;
    const rate = this.rate();
    let left = textTokens ?? (rate === null ? Infinity : Math.floor(rate * secondsOfText));
    const leads = sources.map(({ tokens }) => {
      const lead = Math.min(leadTokens, tokens, left);
      left -= lead;
      return lead;
    });
    for (const [i, { lines, tokens }] of sources.entries()) {
      const lead = leads[i] ?? 0;
      if (tokens - lead <= left) {
        left -= tokens - lead;
        continue;
      }
      const rows = await this.of(lines, lead);
      if (rows) chosen.set(lines, rows);
    }
    return chosen;
  }

  /**
   * Where a prompt of ghost text stands as these files do, token for token, so that rows can take the place of reading: the definitions it
   * is told, and the file at the cursor as far as it was not edited.
   * @param textTokens a prompt of no more is read as text; absent: of as many as take 0.2 seconds
   * @returns places that do not overlap, in their order
   */
  async runsIn(prompt: Uint32Array, paths: Iterable<string>, textTokens?: number): Promise<SourcePlace<LineRows>[]> {
    const text = textTokens ?? (this.rate() ?? 0) * secondsOfGhostText;
    if (!this.archive || prompt.length <= Math.max(text, shortestRun)) return [];
    const runs: (Run & { of: ArchivedFile })[] = [];
    for (const path of new Set(paths)) {
      const of = await this.file(path);
      if (!of) continue;
      const { hash, file, head } = of;
      const found = sameRuns(prompt, file, Math.min(shortestRun, head));
      // The head of a file alone is as short as many a line that stands anywhere.
      const fit = found.filter(({ from, length }) => length >= shortestRun || (from === 0 && length >= head));
      const covered = ({ from, length }: Run) => this.archive?.covers({ path, hash }, file.length, { from, to: from + length });
      runs.push(...fit.filter(covered).map((run) => ({ ...run, of })));
    }
    return withoutOverlaps(runs, shortestRun).map(({ start, from, length, of: { path, hash, file } }) => {
      const to = from + length;
      return { start, end: start + length, of: { path, hash, file, from, to, tokens: file.subarray(from, to), lead: 0 } };
    });
  }

  /** Whether all rows of a file are in the archive. */
  has({ path, hash, tokens }: Pick<CatalogueFile, 'path' | 'hash' | 'tokens'>): boolean {
    return this.archive?.covers({ path, hash }, tokens, { from: 0, to: tokens }) ?? false;
  }

  /** The rows of these lines, where the file is as it was when they were computed. */
  private async of({ path, startLine, endLine, text }: SourceLines, lead: number): Promise<LineRows | undefined> {
    const found = await this.file(path);
    if (!found) return undefined;
    const { hash, file, head } = found;
    const lines = found.text.split('\n').slice(startLine - 1, endLine);
    if (lines.join('\n').replace(/\n$/, '') !== withLineFeeds(text).replace(/\n$/, '')) return undefined;
    const range = tokensOfLines(file.subarray(head), this.breaks, { startLine, endLine });
    const [from, to] = [head + range.from, head + range.to];
    if (from + lead >= to || !this.archive?.covers({ path, hash }, file.length, { from, to })) return undefined;
    return { path, hash, file, from, to, tokens: file.subarray(from, to), lead };
  }

  /** A file of which rows are in the archive, as it is on disk. */
  private async file(path: string): Promise<ArchivedFile | undefined> {
    const { archive, disk, loaded } = this;
    const entry = disk.catalogue?.files.find((file) => file.path === path);
    if (!archive || !entry || archive.tokensOf(entry, entry.tokens) === 0) return undefined;
    const read = await disk.read(entry);
    if (!read) return undefined;
    const head = fileHead(loaded.model, loaded.tokens, path);
    const file = concatTokens(head, await tokenizeInPieces(loaded.model, read.text));
    return { path, hash: read.entry.hash, text: read.text, head: head.length, file };
  }

  /**
   * Appends the rows of tokens [from, to) of the file, without computing anything.
   * @returns tokens that were appended: fewer where rows turned out to be gone, or of no use
   * @throws the signal's reason when stopped; BonsaiError `context-full` or `engine-failed`
   */
  async put({ path, hash, file, to }: LineRows, from: number, sequence: Sequence, work: Work): Promise<number> {
    const began = sequence.position;
    for (const piece of piecesOf({ path, hash }, file.length)) {
      const at = from + sequence.position - began;
      if (piece.to <= at) continue;
      if (at >= to || at < piece.from) break;
      const end = Math.min(to, piece.to);
      await this.archive?.use(piece.name, file.subarray(piece.from, piece.to), async (object) => {
        for await (const { rows, first, count } of object.frames(at - piece.from, end - piece.from))
          await work.session.unit(() => sequence.putRows(rows, first, count), work.signal);
      });
      if (from + sequence.position - began < end) break;
    }
    return sequence.position - began;
  }
}
