/**
 * What the rest of the file closes stays open. An infill ends before a bracket that closes something the rest of
 * the file closes already, or that closes nothing that is open; one that closes and opens again, as `a).then(b` before
 * `)`, is fine. What nobody closes yet, it may close.
 */
import type { Around, Filter } from './around';
import { bracketsIn, closingBefore, fit, openAfter, opens, type Bracket } from './bracketScan';
import { replacedBehind } from './replaced';

export const keepBracketsOpen: Filter = (text, around) => {
  const { before, inside, behind } = bracketsAround(text, around);
  const open = openAfter(before);
  const needed = closingBefore(behind);
  const wanted = closedLater(open, needed);
  let now = [...open];
  for (const bracket of inside) {
    if (opens(bracket)) now.push(bracket);
    else {
      const partner = partnerOf(bracket, now);
      if (partner < 0) return keepBracketsOpen(cutBefore(text, bracket, around), around);
      now = now.slice(0, partner);
    }
  }
  if (closedLater(now, needed) >= wanted) return text;
  const enough = inside.findLast((bracket) => !opens(bracket) && closedLater(openBefore(bracket, inside, open), needed) >= wanted);
  return enough ? cutBefore(text, enough, around) : text;
};

/** The innermost one; or one farther out that stands on a line of the same depth, when what lies between was misread. */
function partnerOf(closing: Bracket, open: readonly Bracket[]): number {
  if (fit(open.at(-1), closing)) return open.length - 1;
  return closing.first ? open.findLastIndex((opening) => fit(opening, closing) && opening.indent === closing.indent) : -1;
}

function bracketsAround(text: string, around: Around) {
  const { prefix, suffix, languageId } = around;
  const end = prefix.length + text.length;
  const all = bracketsIn(prefix + text + suffix.slice(replacedBehind(text, around)), languageId);
  return {
    before: all.filter(({ at }) => at < prefix.length),
    inside: all.filter(({ at }) => at >= prefix.length && at < end),
    behind: all.filter(({ at }) => at >= end),
  };
}

const cutBefore = (text: string, { at }: Bracket, { prefix }: Around): string => text.slice(0, at - prefix.length);

const openBefore = (limit: Bracket, inside: readonly Bracket[], open: readonly Bracket[]): Bracket[] =>
  openAfter(
    inside.filter(({ at }) => at < limit.at),
    open,
  );

/**
 * How many of the closing brackets find what they close. One at the beginning of a line does not close a bracket whose
 * line is indented deeper: that one is closed by nobody yet.
 */
function closedLater(open: readonly Bracket[], closing: readonly Bracket[]): number {
  let left = [...open];
  let closed = 0;
  for (const bracket of closing) {
    const partner = left.findLastIndex((opening) => fit(opening, bracket) && !(bracket.first && opening.indent > bracket.indent));
    if (partner < 0) continue;
    left = left.slice(0, partner);
    closed++;
  }
  return closed;
}
