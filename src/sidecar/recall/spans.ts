/**
 * Which candidates are put back, within a budget of tokens: the best first, cut down to the lines they are about where
 * there is room for less, joined where they touch. The budget holds for the text exactly as it will stand in the prompt.
 */
import type { RecalledSpan } from '../../protocol';
import { sourceBlock } from '../prompt/sourceBlock';
import type { LineRange } from './lineRanges';
import type { RecallCandidate } from './types';

export interface SourceSpan extends RecalledSpan {
  text: string;
}

export interface SpanOptions {
  /** Tokens of all spans together, with their paths and fences. */
  budget: number;
  /** Tokens of a text, by the model's own tokenizer. */
  count: (text: string) => number;
  /** Candidates with less than this share of the best one's score only distract; 0 takes whatever fits. */
  leastShare?: number;
}

type Chosen = Omit<RecallCandidate, 'at'>;

// More was worse: of 40 constants of this repository the demo model had 6 right with a share of 0 or 0.35, 8 with 0.5.
const defaultLeastShare = 0.5;
/** What is tried where the whole does not fit: lines before and after the one it is about. */
const windows = [
  { before: 3, after: 8 },
  { before: 1, after: 3 },
  { before: 0, after: 0 },
];
/** With so little left that these did not fit, counting the next ones is not worth the time. */
const mostMisses = 2;
/** Characters of which no tokenizer makes fewer than one token per 32; what is longer is not even tokenized. */
const charactersPerToken = 32;

/** @returns by file, the file with the best span last, next to the question; lines ascending, not overlapping */
export function chooseSpans(candidates: readonly RecallCandidate[], options: SpanOptions): SourceSpan[] {
  const { budget, count, leastShare = defaultLeastShare } = options;
  const best = Math.max(0, ...candidates.map(({ score }) => score));
  let chosen: Chosen[] = [];
  let left = budget;
  let misses = 0;
  for (const candidate of candidates.filter(({ score }) => score >= leastShare * best)) {
    if (misses > mostMisses) break;
    let fitting = firstFitting(candidate, left, count);
    if (!fitting) {
      // Lines that were joined share a path and a fence, which were counted for each.
      left = budget - count(rendered(joined(chosen)));
      fitting = firstFitting(candidate, left, count);
    }
    if (fitting) {
      chosen.push(fitting.shape);
      left -= fitting.tokens;
    } else misses++;
  }
  // Tokens may run across what was counted apart, so the whole is counted as well.
  while (chosen.length > 0 && count(rendered(joined(chosen))) > budget) chosen = chosen.slice(0, -1);
  return joined(chosen).map((span) => {
    const { path, startLine, endLine, text, why } = span;
    return { path, startLine, endLine, text, why, tokens: count(sourceBlock(span)) };
  });
}

/** What is told of a span that is in the prompt. */
export function withoutText({ path, startLine, endLine, tokens, why }: SourceSpan): RecalledSpan {
  return { path, startLine, endLine, tokens, why };
}

/** As it stands in front of the question. */
function rendered(spans: readonly Chosen[]): string {
  return spans.map((span) => `${sourceBlock(span)}\n\n`).join('');
}

/** The whole, or else the lines around the one it is about. */
function firstFitting(
  candidate: RecallCandidate,
  budget: number,
  count: SpanOptions['count'],
): { shape: Chosen; tokens: number } | undefined {
  for (const shape of [candidate, ...windows.map((window) => part(candidate, window))]) {
    const text = rendered([shape]);
    if (text.length > budget * charactersPerToken) continue;
    const tokens = count(text);
    if (tokens <= budget) return { shape, tokens };
  }
  return undefined;
}

function part({ at, ...candidate }: RecallCandidate, { before, after }: { before: number; after: number }): Chosen {
  const startLine = Math.max(candidate.startLine, at - before);
  const endLine = Math.min(candidate.endLine, at + after);
  const lines = candidate.text.split('\n').slice(startLine - candidate.startLine, endLine - candidate.startLine + 1);
  return { ...candidate, startLine, endLine, text: lines.join('\n') };
}

function joined(chosen: readonly Chosen[]): Chosen[] {
  const scores = new Map<string, number>();
  for (const { path, score } of chosen) scores.set(path, Math.max(score, scores.get(path) ?? 0));
  const ofPath = (path: string) => scores.get(path) ?? 0;
  const ordered = chosen.toSorted(
    (a, b) => ofPath(a.path) - ofPath(b.path) || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.startLine - b.startLine),
  );
  const result: Chosen[] = [];
  for (const span of ordered) {
    const last = result.at(-1);
    if (!last || !touches(last, span)) {
      result.push(span);
      continue;
    }
    const why = last.why.split('; ').includes(span.why) ? last.why : `${last.why}; ${span.why}`;
    result[result.length - 1] = { ...last, endLine: span.endLine, text: `${last.text}\n${span.text}`, why };
  }
  return result;
}

function touches(first: LineRange, second: LineRange): boolean {
  return first.path === second.path && first.endLine + 1 === second.startLine;
}
