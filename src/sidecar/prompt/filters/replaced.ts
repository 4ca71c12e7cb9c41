/**
 * Where an infill writes the closers behind the cursor again and then goes on, as in `foo(█)` and `a, b);`, it
 * takes their place: nothing of the line is lost, and it is not cut short. Closers alone are replaced this way, all that
 * the line still has, and only when the infill closes with them what was opened before it.
 */
import type { Around } from './around';
import { bracketsIn, closingBefore } from './bracketScan';

const closersAlone = /^[)\]}"'`;,]+$/;

/** UTF-16 units behind the cursor that the infill takes the place of. */
export function replacedBehind(text: string, { prefix, lineAfter, languageId }: Around): number {
  const behind = lineAfter.trimEnd();
  if (!closersAlone.test(behind)) return 0;
  const inside = bracketsIn(prefix + text, languageId).filter(({ at }) => at >= prefix.length);
  const closing = closingBefore(inside).map(({ character, at }) => ({ character, at: at - prefix.length }));
  let at = 0;
  for (const character of behind) {
    const bracket = ')]}'.includes(character);
    const found = bracket ? closing.find((each) => each.at >= at) : undefined;
    if (bracket && found?.character !== character) return 0;
    at = found ? found.at : text.indexOf(character, at);
    if (at < 0) return 0;
    at++;
  }
  return behind.length;
}
