/** How near a written line comes to the true one, in the ways people mean it. White space around does not count. */
import { similarity } from '../quality/nextLine';

export interface Nearness {
  exact: boolean;
  /** The first word, number or sign is right. */
  first: boolean;
  /** 1 minus the normalised Levenshtein distance. */
  similarity: number;
}

const firstWord = /^(?:[\p{L}\p{N}_$]+|\S)/u;

export function nearness(written: string, truth: string): Nearness {
  const [guess, line] = [written.trim(), truth.trim()];
  return { exact: guess === line, first: firstWord.exec(guess)?.[0] === firstWord.exec(line)?.[0], similarity: similarity(guess, line) };
}
