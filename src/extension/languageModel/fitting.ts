/** What does not fit is left out whole and named, the least needed first; nothing is cut in the middle. */

export interface Fitted<T> {
  kept: T[];
  left: T[];
}

/** From the front, as long as they fit. @param tokens of each item @param room tokens */
export function firstThatFit<T>(items: readonly T[], tokens: readonly number[], room: number): Fitted<T> {
  const fitted: Fitted<T> = { kept: [], left: [] };
  let used = 0;
  for (const [i, item] of items.entries()) {
    const cost = tokens[i] ?? 0;
    const fits = used + cost <= room;
    if (fits) used += cost;
    fitted[fits ? 'kept' : 'left'].push(item);
  }
  return fitted;
}

/** The newest pairs of question and answer, without a gap, oldest first. @param tokens of each turn */
export function newestPairs<T>(turns: readonly T[], tokens: readonly number[], room: number): Fitted<T> {
  let start = turns.length;
  let used = 0;
  while (start >= 2) {
    used += (tokens[start - 1] ?? 0) + (tokens[start - 2] ?? 0);
    if (used > room) break;
    start -= 2;
  }
  return { kept: turns.slice(start), left: turns.slice(0, start) };
}
