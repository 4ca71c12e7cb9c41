/** The keys and values of a repository's files, computed once and kept, so that its lines come back without being read. */
import type { CacheType } from '../../protocol';
import type { LoadedModel } from '../../sidecar/engine/loadedModel';
import type { Sequence, Work } from '../../sidecar/engine/sequence';
import { concatTokens, tokenizeText } from '../../sidecar/prompt/modelTokens';
import { fileHead, repositoryHead } from '../../sidecar/prompt/repositoryPrompt';
import type { SourceLines } from '../../sidecar/prompt/sourceBlock';
import type { RowsConfig } from './arms';

/** Tokens put behind a sequence: without computing, and by reading. */
export interface Put {
  recalled: number;
  read: number;
}

/** Tokens of one place that `mixed` and `lead` read again rather than putting back their rows, at most. */
const shortSpan = 48;

export interface FileRows {
  /** Tokens of the file's own head, which are the first rows. */
  head: number;
  text: string;
  tokens: Uint32Array;
  /** None where the tokens are read again. */
  chunks: { rows: Uint8Array; tokens: number }[];
}

/** How rows are computed: `none` where the tokens are read again instead. */
export type Computed = 'alone' | 'stream' | 'none';

export function computedBy({ reading }: RowsConfig): Computed {
  if (reading === 'again') return 'none';
  return reading === 'stream' ? 'stream' : 'alone';
}

/** Reads every file in the sequence `scratch`, in the order given, and takes its rows. @returns them by path */
export async function computeRows(
  loaded: LoadedModel,
  scratch: Sequence,
  repository: { name: string; files: readonly { path: string; text: string }[] },
  { computed, type }: { computed: Computed; type: CacheType },
  work: Work,
): Promise<ReadonlyMap<string, FileRows>> {
  const { model, tokens, chunk } = loaded;
  const files = new Map<string, FileRows>();
  await work.session.unit(() => scratch.clear(), work.signal);
  for (const { path, text } of repository.files) {
    const head = fileHead(model, tokens, path);
    const all = concatTokens(head, tokenizeText(model, text));
    const file: FileRows = { head: head.length, text, tokens: all, chunks: [] };
    files.set(path, file);
    if (computed === 'none') continue;
    if (computed === 'alone') await work.session.unit(() => scratch.clear(), work.signal);
    if (scratch.position === 0) await scratch.evaluate(repositoryHead(model, tokens, repository.name), work);
    for (let from = 0; from < all.length; from += chunk) {
      const part = all.subarray(from, from + chunk);
      const first = scratch.position;
      await scratch.evaluate(part, work);
      const rows = await work.session.unit(() => scratch.takeRows(first, part.length, type), work.signal);
      file.chunks.push({ rows, tokens: part.length });
    }
  }
  return files;
}

/** Rows of a repository, and how they are given. */
export class RowStore {
  constructor(
    private readonly loaded: LoadedModel,
    private readonly name: string,
    private readonly files: ReadonlyMap<string, FileRows>,
    private readonly config: RowsConfig,
  ) {}

  get place(): RowsConfig['place'] {
    return this.config.place;
  }

  /** Puts lines behind what the sequence has. */
  async put(sequence: Sequence, lines: SourceLines, work: Work): Promise<Put> {
    const file = this.files.get(lines.path);
    return file ? this.putRange(sequence, file, this.rangeOf(file, lines), work) : { recalled: 0, read: 0 };
  }

  /** Makes the sequence a memory of all files, in their order, without computing more than the repository's head. */
  async assemble(sequence: Sequence, work: Work): Promise<void> {
    const { model, tokens } = this.loaded;
    await work.session.unit(() => sequence.clear(), work.signal);
    await sequence.evaluate(repositoryHead(model, tokens, this.name), work);
    for (const file of this.files.values())
      for (const { rows, tokens } of file.chunks) await work.session.unit(() => sequence.putRows(rows, 0, tokens), work.signal);
  }

  /** Tokens of the file [from, to) that hold the lines; a token that spans two lines may be missed at either end. */
  private rangeOf(file: FileRows, { startLine, endLine }: SourceLines): { from: number; to: number } {
    const lines = file.text.split('\n');
    const count = (end: number) => tokenizeText(this.loaded.model, lines.slice(0, end).join('\n') + (end > 0 ? '\n' : '')).length;
    return { from: file.head + count(startLine - 1), to: file.head + count(Math.min(endLine, lines.length)) };
  }

  private async putRange(sequence: Sequence, file: FileRows, { from, to }: { from: number; to: number }, work: Work): Promise<Put> {
    const text = Math.min(to, from + this.textTokens(to - from));
    if (text > from) await sequence.evaluate(file.tokens.slice(from, text), work);
    let at = 0;
    let recalled = 0;
    for (const { rows, tokens } of file.chunks) {
      const first = Math.max(text, at) - at;
      const count = Math.min(to, at + tokens) - at - first;
      if (count > 0) {
        await work.session.unit(() => sequence.putRows(rows, first, count), work.signal);
        recalled += count;
      }
      at += tokens;
    }
    return { recalled, read: text - from };
  }

  /** Of a place of so many tokens, those that are read before rows are put. */
  private textTokens(tokens: number): number {
    switch (this.config.reading) {
      case 'again':
        return tokens;
      case 'lead':
        return shortSpan;
      case 'mixed':
        return tokens <= shortSpan ? tokens : 0;
      default:
        return 0;
    }
  }
}
