/** What a query found in a text: plain offsets, so that nothing of a syntax tree outlives its parse. */
import type { Span } from './sourceLines';

export interface Capture extends Span {
  /** As in the query, without `@`. */
  name: string;
}

export interface Match {
  /** Place of the pattern in its query. */
  pattern: number;
  captures: Capture[];
}

export interface Captured {
  matches: Match[];
  /** Captures named `use`, which stand alone and are most of all there is. */
  uses: Span[];
}

export function spanOf(match: Match, name: string): Span | undefined {
  return match.captures.find((capture) => capture.name === name);
}

export function spansOf(matches: readonly Match[], name: string): Span[] {
  return matches.flatMap(({ captures }) => captures.filter((capture) => capture.name === name));
}

export function textOf(text: string, { start, end }: Span): string {
  return text.slice(start, end);
}
