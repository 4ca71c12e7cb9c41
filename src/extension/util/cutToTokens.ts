/**
 * What is too long for the model is cut at line ends until the engine itself counts few enough tokens. Lines are left
 * out at one end, and their number is known, so that the text can say so.
 */

/** Tokens of each text, as the engine counts them. */
export type CountTokens = (texts: readonly string[]) => Promise<number[]>;

export interface Cut {
  text: string;
  tokens: number;
  /** Lines that are left out. */
  lines: number;
}

/** Guesses, each from what the one before was counted as. */
const mostGuesses = 6;
/** A guess aims a little lower, since lines are not all alike. */
const caution = 0.9;
/** A part of the limit that is worth no further guess. */
const enough = 0.8;
/** Characters that are counted at all; a longer text is cut before, for counting takes time, too. */
export const longestCounted = 400_000;

/**
 * @param limit tokens
 * @param keep the end of the text that stays
 * @returns an empty text when not even one line fits
 */
export async function cutToTokens(text: string, limit: number, keep: 'start' | 'end', count: CountTokens): Promise<Cut> {
  const lines = text.split('\n');
  let best: Cut = { text: '', tokens: 0, lines: lines.length };
  const most = linesWithin(lines, keep);
  let tooMany = most + 1;
  let kept = most;
  for (let guess = 0; guess < mostGuesses && kept > lines.length - best.lines; guess++) {
    const shown = (keep === 'start' ? lines.slice(0, kept) : lines.slice(-kept)).join('\n');
    const [tokens = 0] = await count([shown]);
    if (tokens <= limit) best = { text: shown, tokens, lines: lines.length - kept };
    else tooMany = kept;
    if (tokens <= limit && (kept === most || tokens >= limit * enough)) break;
    kept = Math.min(tooMany - 1, Math.floor((kept * limit * caution) / Math.max(1, tokens)));
  }
  return best;
}

function linesWithin(lines: readonly string[], keep: 'start' | 'end'): number {
  let characters = 0;
  const ordered = keep === 'start' ? lines : lines.toReversed();
  const over = ordered.findIndex((line) => (characters += line.length + 1) > longestCounted);
  return over < 0 ? lines.length : over;
}
