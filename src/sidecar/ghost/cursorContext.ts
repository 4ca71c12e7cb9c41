/**
 * What is told of the repository before the file at the cursor: how the file begins where that is out of sight, what was
 * edited lately elsewhere, and the definitions of the names around the cursor and in the imports. It is put together once for a place
 * and stays while the cursor is near, for it stands at the beginning: were it another one with every line, everything would be read again.
 */
import { messageOf } from '../../protocol/messageOf';
import type { CompleteParams, SourceLines } from '../../protocol';
import type { LoadedModel } from '../engine/loadedModel';
import { log } from '../engine/llama';
import type { InfillLimits } from '../prompt/infill/windows';
import { looksSecret } from '../prompt/filters/secretEcho';
import { concatTokens, tokenizeText } from '../prompt/modelTokens';
import { fileTokens } from '../prompt/repositoryPrompt';
import { recallForCursor } from '../recall/cursor';
import type { RecallSource } from '../recall/recall';

interface Kept {
  tokens: Uint32Array;
  /** Of the files that it is from. */
  paths: string[];
  path: string;
  line: number;
  /** Characters of the prefix that the head of the file takes. */
  headEnd: number;
  /** Of the memory and of what could be looked up in. */
  version: string;
}

/** Lines that the cursor may move before the context is put together anew; a little back, for one goes back to mend. */
const linesBack = 3;
const linesForth = 12;
/** Shares of the context. */
const headShare = 1 / 4;
const recentShare = 1 / 3;

export class ContextKeeper {
  private kept: Kept | undefined;

  constructor(
    private readonly loaded: Pick<LoadedModel, 'model' | 'tokens'>,
    private readonly source: RecallSource,
    /** @returns another number when the memory is another one */
    private readonly replacements: () => number,
  ) {}

  /** Shown paths of the files that the last context is from. */
  get paths(): readonly string[] {
    return this.kept?.paths ?? [];
  }

  /** @param from the character of the prefix that the window begins with */
  at(params: CompleteParams, from: number, limits: InfillLimits): Uint32Array {
    const { path, prefix, startLine = 1 } = params;
    const line = startLine + prefix.split('\n').length - 1;
    // The index fills file by file; twice as many files are worth reading everything again.
    const version = `${this.replacements()} ${Math.ceil(Math.log2(1 + (this.source.index?.files ?? 0)))}`;
    const { kept } = this;
    const near = kept?.path === path && line >= kept.line - linesBack && line <= kept.line + linesForth;
    if (near && kept.version === version && kept.headEnd <= from) return kept.tokens;
    const head = this.head(params, from, Math.floor(limits.context * headShare));
    const edited = (params.recent ?? []).filter((lines) => this.source.index?.has(lines.path) && !looksSecret(lines.text));
    const recent = this.recent(edited, Math.floor(limits.context * recentShare));
    const definitions = this.definitions(params, recent.shown, line, limits.context - head.tokens.length - recent.tokens.length);
    const tokens = concatTokens(definitions.tokens, recent.tokens, head.tokens);
    const paths = [...definitions.paths, ...recent.shown.map((lines) => lines.path)];
    this.kept = { tokens, paths, path, line, version, headEnd: head.end };
    return tokens;
  }

  /** The first lines of the file that fit, as far as the window does not have them. */
  private head({ path, prefix, startLine = 1 }: CompleteParams, from: number, budget: number): { tokens: Uint32Array; end: number } {
    const { model, tokens } = this.loaded;
    const lines = startLine > 1 ? [] : prefix.slice(0, from).split('\n').slice(0, -1);
    // A line has at least one token, so more than this many cannot fit.
    for (let count = Math.min(lines.length, budget); count > 0; count = Math.floor(count * 0.8)) {
      const text = `${lines.slice(0, count).join('\n')}\n`;
      const found = fileTokens(model, tokens, path, text);
      if (found.length <= budget) return { tokens: found, end: text.length };
    }
    return { tokens: new Uint32Array(), end: 0 };
  }

  /** The latest that fit; the latest of all stands last. */
  private recent(edited: readonly SourceLines[], budget: number): { tokens: Uint32Array; shown: SourceLines[] } {
    const { model, tokens } = this.loaded;
    const shown: SourceLines[] = [];
    const blocks: Uint32Array[] = [];
    let left = budget;
    for (const lines of edited.toReversed()) {
      const block = fileTokens(model, tokens, lines.path, `${lines.text.replace(/\n$/, '')}\n`);
      if (block.length > left) break;
      left -= block.length;
      blocks.unshift(block);
      shown.unshift(lines);
    }
    return { tokens: concatTokens(...blocks), shown };
  }

  /** Helps or stays away: a search that fails is no reason to show nothing. */
  private definitions(
    { path, prefix, suffix }: CompleteParams,
    shown: readonly SourceLines[],
    line: number,
    budget: number,
  ): { tokens: Uint32Array; paths: string[] } {
    const nothing = { tokens: new Uint32Array(), paths: [] };
    const { index } = this.source;
    if (!index || budget <= 0) return nothing;
    const { model, tokens } = this.loaded;
    try {
      // The cursor's line changes with every key.
      const before = prefix.slice(0, prefix.lastIndexOf('\n') + 1);
      const count = (text: string) => tokenizeText(model, text).length;
      const spans = recallForCursor(index, { path, line, before, after: suffix }, { budget, count });
      const others = spans.filter((span) => !shown.some((edited) => edited.path === span.path && overlap(edited, span)));
      const blocks = others.map(({ path: file, text }) => fileTokens(model, tokens, file, `${text}\n`));
      while (blocks.reduce((sum, { length }) => sum + length, 0) > budget) blocks.shift();
      return { tokens: concatTokens(...blocks), paths: others.slice(others.length - blocks.length).map((span) => span.path) };
    } catch (error) {
      log(`Nothing could be looked up for ghost text: ${messageOf(error)}`);
      return nothing;
    }
  }
}

interface Lines {
  startLine: number;
  endLine: number;
}

const overlap = (a: Lines, b: Lines): boolean => a.startLine <= b.endLine && b.startLine <= a.endLine;
