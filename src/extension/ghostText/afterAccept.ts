/**
 * When a suggestion has been taken to its end, what comes next is asked for at once, ahead of the next key. It is
 * kept back where a line has come to its end: there the person reads first, and the next key shows it. A line that
 * plainly goes on (after an opening bracket, a comma, an operator) has not come to its end.
 */
import type { GhostAnswer } from './answer';
import { lineAfter, lineBefore, type CursorPlace } from './cursorPlace';
import { restOf } from './typedThrough';

const goesOnAfter = /(?:[([{,.=:?&|+\-*/<>\\]|\b(?:and|or|not|return|in|is|await|new|of))\s*$/;

/** Where the cursor stands when all of an answer is in the document. */
export function placeAfter({ place, text, replaces }: GhostAnswer): CursorPlace {
  return { ...place, prefix: place.prefix + text, suffix: place.suffix.slice(replaces) };
}

/** @param shown the answer that was shown last */
export function staysQuiet(shown: GhostAnswer, place: CursorPlace): boolean {
  if (restOf(shown, place)?.text !== '' || lineAfter(place).trim() !== '') return false;
  const line = lineBefore(place);
  return line.trim() !== '' && !goesOnAfter.test(line);
}
