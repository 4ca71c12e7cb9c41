/**
 * What already stands behind the cursor is not written again: the end of the infill that the rest of the file
 * begins with is dropped. Of all ways to do so the longest one wins that leaves brackets and quotes balanced, so
 * `f(x)` before `)` stays whole and `x)` becomes `x`; failing that, the longest,
 * and then once more. A word is never cut in two.
 */
import type { Filter } from './around';

/** Characters; a longer repetition is found by its lines. */
const longest = 2_000;

export const withoutOverlap: Filter = (text, around) => {
  const kept = withoutOneOverlap(text, around.suffix);
  return kept === text ? text : withoutOverlap(kept, around);
};

function withoutOneOverlap(text: string, suffix: string): string {
  let best: string | undefined;
  for (let length = Math.min(text.length, suffix.length, longest); length >= 0; length--) {
    const cut = text.length - length;
    if (!text.endsWith(suffix.slice(0, length)) || (length > 0 && (insideWord(text, cut) || insideLine(suffix, length)))) continue;
    const kept = text.slice(0, cut);
    if (isBalanced(kept)) return kept;
    best ??= kept;
  }
  return best ?? text;
}

const pairs = [
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
] as const;

const insideWord = (text: string, at: number): boolean => /^[\p{L}\p{N}_]{2}$/u.test(text.slice(at - 1, at + 1));

/** Whether a repetition of several lines ends in the middle of one, other than after a closer: it may go on otherwise. */
function insideLine(suffix: string, length: number): boolean {
  const line = suffix.slice(suffix.lastIndexOf('\n', length - 1) + 1, length);
  return suffix.lastIndexOf('\n', length - 1) >= 0 && /[^)\]}\s]/.test(line) && /^[^\n]/.test(suffix.slice(length));
}

function isBalanced(text: string): boolean {
  const closers: string[] = [];
  const quotes = { '"': 0, "'": 0, '`': 0 };
  for (const character of text) {
    const pair = pairs.find(([open]) => open === character);
    if (pair) closers.push(pair[1]);
    else if (')]}'.includes(character) && closers.pop() !== character) return false;
    else if (character === '"' || character === "'" || character === '`') quotes[character]++;
  }
  return closers.length === 0 && Object.values(quotes).every((count) => count % 2 === 0);
}
