/**
 * What the chat's cache holds at the end of an answer, by where it came from. The sizes of the parts of a prompt are what the
 * tokenizer gives with each of them and without; what is still held of each the cache says itself, so tokens that compaction let
 * go are not counted. What a chat template puts around turns counts as conversation.
 */
import type { AskParams, ContextPart, ContextSource, LayerState } from '../../protocol';
import type { HeldFile } from '../memory/held';

/** Neighbouring tokens of one source, in the order of the sequence. */
export interface TokenStretch {
  source: ContextSource;
  tokens: number;
}

/** How they are told. */
const order: readonly ContextSource[] = ['system', 'repository', 'journal', 'recalled', 'attached', 'conversation'];

/** @param files as they lie in the memory, in its order @param tokens of the memory */
export function memoryStretches(files: readonly HeldFile[], tokens: number): TokenStretch[] {
  const seen = new Set<string>();
  const stretches: TokenStretch[] = [];
  let at = 0;
  for (const { path, start, end } of files) {
    // Read after the copy that the chat goes on from was made.
    if (end > tokens) break;
    // A path that comes again is its newer version, read after the rest.
    if (seen.has(path)) {
      stretches.push({ source: 'repository', tokens: start - at }, { source: 'journal', tokens: end - start });
      at = end;
    }
    seen.add(path);
  }
  return [...stretches, { source: 'repository', tokens: tokens - at }];
}

/** Tokens of the prompt for a request. */
export interface PromptCounts {
  count: (ask: AskParams) => number;
  /** Without the system text that the model's template adds by itself. */
  countPlain: (ask: AskParams) => number;
}

/**
 * @param whole tokens of the prompt that was read @param plain the same without added source
 */
export function promptStretches(ask: AskParams, { count, countPlain }: PromptCounts, whole: number, plain: number): TokenStretch[] {
  const { selection, attachments = [], ...bare } = ask;
  const { question: text, history, steps } = ask;
  const withoutSources = selection || attachments.length > 0 ? count(bare) : plain;
  const called = steps ? { steps } : {};
  const withoutSystem = countPlain({ question: text, ...(history ? { history } : {}), ...called });
  const question = history?.length ? countPlain({ question: text, ...called }) : withoutSystem;
  return [
    { source: 'system', tokens: withoutSources - withoutSystem },
    { source: 'conversation', tokens: withoutSystem - question },
    // Lines of the archive have a few tokens more or less than their text.
    { source: 'recalled', tokens: Math.max(0, whole - plain) },
    { source: 'attached', tokens: plain - withoutSources },
    { source: 'conversation', tokens: question },
  ];
}

export interface CacheContents {
  /** Tokens that were read into the sequence. */
  position: number;
  layers: readonly LayerState[];
  /** Per layer and bucket the fraction still held; bucket `i` covers [starts[i], starts[i+1]). */
  held: (starts: readonly number[]) => number[][];
}

/** @param stretches from the start of the sequence; what follows them is conversation. Of a stopped reading the last are cut. */
export function contextParts(stretches: readonly TokenStretch[], { position, layers, held }: CacheContents): ContextPart[] {
  const ranges: { source: ContextSource; start: number; end: number }[] = [];
  let at = 0;
  for (const { source, tokens } of [...stretches, { source: 'conversation' as const, tokens: position }]) {
    const end = Math.min(position, at + Math.max(0, tokens));
    if (end > at) ranges.push({ source, start: at, end });
    at = end;
  }
  // An answer that was stopped before anything was read holds nothing, of which the engine cannot be asked.
  const fractions = ranges.length === 0 ? [] : held(ranges.map(({ start }) => start));
  const parts = order.flatMap((source) => {
    let tokens = 0;
    let readTokens = 0;
    for (const [index, range] of ranges.entries()) {
      if (range.source !== source) continue;
      const length = range.end - range.start;
      readTokens += length;
      tokens += length * mean(fractions.map((layer) => layer[index] ?? 0));
    }
    return readTokens === 0 ? [] : [{ source, tokens: Math.round(tokens), readTokens }];
  });
  const used = parts.reduce((sum, { tokens }) => sum + tokens, 0);
  const all = Math.round(mean(layers.map(({ budget }) => budget)));
  return [...parts, { source: 'free', tokens: Math.max(0, all - used), readTokens: 0 }];
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
