/** Which lines of a file are worth putting before a model: of a definition, and of a piece of text that mentions something. */
import type { Definition } from '../../repo';
import type { Chunk } from './chunks';
import type { Term } from './query';
import { partsOf, stem, stemsOf } from './identifiers';

/** A few lines, and the one that they are about. */
export interface Passage extends Chunk {
  at: number;
}

/** Lines; a longer definition is shown by its head. */
const longestWhole = 24;
const longestComment = 12;
/** Lines; and how many of them stand before and after the line that matches best. */
const longestMention = 16;
const before = 2;
const after = 5;

/** The definition as a whole where it is short, else its head with the documentation right before it. */
export function definitionPassage({
  startLine,
  nameLine,
  signatureEndLine,
  endLine,
}: Omit<Definition, 'name' | 'kind' | 'within'>): Passage {
  if (endLine - startLine < longestWhole) return { startLine, endLine, at: nameLine };
  const start = Math.max(startLine, nameLine - longestComment);
  return { startLine: start, endLine: Math.min(Math.max(nameLine, signatureEndLine), start + longestWhole - 1), at: nameLine };
}

/** What the lines of a text are measured against. */
export class Interest {
  private readonly weights = new Map<string, { weight: number; text: string }>();

  /** @param phrases to be found as they are */
  constructor(
    words: readonly Term[],
    private readonly phrases: readonly Term[],
  ) {
    for (const { text, weight } of words) {
      this.add(text, text, weight);
      for (const part of partsOf(text)) this.add(part, text, weight / 4);
    }
  }

  private add(word: string, text: string, weight: number): void {
    const key = stem(word);
    if ((this.weights.get(key)?.weight ?? 0) < weight) this.weights.set(key, { weight, text });
  }

  /** Sum of the weights of the terms that a line has. */
  of(line: string): number {
    let sum = 0;
    for (const word of stemsOf(line)) sum += this.weights.get(word)?.weight ?? 0;
    for (const { text, weight } of this.phrases) if (line.includes(text)) sum += weight;
    return sum;
  }

  /** The terms that some lines have, heaviest first. */
  termsOf(lines: readonly string[]): string[] {
    const found = new Map<string, number>();
    for (const { text, weight } of this.phrases) if (lines.some((line) => line.includes(text))) found.set(text, weight);
    for (const line of lines)
      for (const word of stemsOf(line)) {
        const term = this.weights.get(word);
        if (term) found.set(term.text, Math.max(found.get(term.text) ?? 0, term.weight));
      }
    return [...found].toSorted(([, a], [, b]) => b - a).map(([text]) => text);
  }
}

/** The lines around the best one, stretched to others that match as long as it stays short; undefined when none matches. */
export function mentionPassage(lines: readonly string[], { startLine, endLine }: Chunk, interest: Interest): Passage | undefined {
  const scores = lines.slice(startLine - 1, endLine).map((line) => interest.of(line));
  const best = Math.max(0, ...scores);
  if (best === 0) return undefined;
  const at = startLine + scores.indexOf(best);
  if (endLine - startLine < longestMention) return { startLine, endLine, at };
  let first = Math.max(startLine, at - before);
  let last = Math.min(endLine, at + after);
  const matching = scores.flatMap((score, i) => (score > 0 ? [startLine + i] : []));
  for (const line of matching.filter((each) => each > last)) if (line - first < longestMention) last = line;
  for (const line of matching.filter((each) => each < first).toReversed()) if (last - line < longestMention) first = line;
  return { startLine: first, endLine: last, at };
}
