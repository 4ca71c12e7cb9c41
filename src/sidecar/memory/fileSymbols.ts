/**
 * Where in the sequence the definitions of one file stand. Worked out when somebody looks at the file, for it costs
 * tokenizing it once more; the file looked at last is remembered.
 */
import { readText, type Definition } from '../../repo';
import type { LoadedModel } from '../engine/loadedModel';
import { tokenizeInPieces } from '../prompt/tokenizeInPieces';
import { fileHead } from '../prompt/repositoryPrompt';
import type { CodeBook } from './codeBook';
import type { RepositoryMemory } from './repositoryMemory';
import { LineBreaks } from './tokenWeights';

export interface SymbolSpan {
  name: string;
  kind: string;
  startLine: number;
  endLine: number;
  /** Tokens of the sequence, the end exclusive. */
  start: number;
  end: number;
}

interface Looked {
  key: string;
  /** Undefined: in no language that can be parsed. */
  definitions: Definition[] | undefined;
  /** First token of every line, counted from the file's first; the first line first. */
  lineStarts: number[];
  tokens: number;
}

export class FileSymbols {
  private readonly breaks: LineBreaks;
  private last: Looked | undefined;

  constructor(
    private readonly loaded: Pick<LoadedModel, 'model' | 'tokens'>,
    private readonly memory: Pick<RepositoryMemory, 'files' | 'heldEntries' | 'behind'>,
    private readonly code: Pick<CodeBook, 'of'>,
  ) {
    this.breaks = new LineBreaks(loaded.model);
  }

  /** @returns undefined when the file is not in memory as it is on disk, or is in no language that can be parsed */
  async of(path: string): Promise<SymbolSpan[] | undefined> {
    const looked = await this.look(path);
    const [place, more] = this.memory.files.filter((file) => file.path === path && !file.replaced);
    // With changed lines after it, what stands in memory has other lines than the file.
    if (!looked?.definitions || !place || more || this.memory.behind.includes(path)) return undefined;
    const at = (line: number) => Math.min(place.end, place.start + (looked.lineStarts[line - 1] ?? looked.tokens));
    return looked.definitions
      .map(({ name, kind, startLine, endLine }) => ({ name, kind, startLine, endLine, start: at(startLine), end: at(endLine + 1) }))
      .filter(({ start, end }) => end > start);
  }

  private async look(path: string): Promise<Looked | undefined> {
    const entry = this.memory.heldEntries.find((each) => each.path === path);
    if (!entry) return undefined;
    const key = `${entry.hash} ${path}`;
    if (this.last?.key === key) return this.last;
    const read = await readText(entry.folder, entry.file);
    if ('reason' in read || read.hash !== entry.hash) return undefined;
    const code = await this.code.of(entry, read.text);
    const head = fileHead(this.loaded.model, this.loaded.tokens, path).length;
    const body = await tokenizeInPieces(this.loaded.model, read.text);
    this.last = { key, definitions: code?.definitions, lineStarts: this.lineStarts(body, head), tokens: head + body.length };
    return this.last;
  }

  /** A token counts to the line it begins in. */
  private lineStarts(body: Uint32Array, head: number): number[] {
    const starts = [head];
    for (const [i, token] of body.entries()) for (let breaks = this.breaks.of(token); breaks > 0; breaks--) starts.push(head + i + 1);
    return starts;
  }
}
