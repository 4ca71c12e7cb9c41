/**
 * While what is typed is the beginning of an answer, the answer holds, and its rest is shown without asking
 * again. Brackets and quotes that the editor closes by itself are part of typing, and so is typing over them. Whatever
 * else changes around the cursor ends it: the document that accepting gives must be the one that was answered.
 */
import type { GhostAnswer, Rest } from './answer';
import { sentAfter, type CursorPlace } from './cursorPlace';

/** What an editor puts behind the cursor by itself, and its longest piece: a few closers and the indentation of a line. */
const closers = /^[)\]}>"'`\s]*$/;
const longestAdded = 64;
/** Characters by which the end of what was sent may differ, because the cursor has moved. */
const slack = 256;
/** A person who has typed more than this since an answer was asked for is writing something else. */
const longestTyped = 32;

/** What is left of an answer at a place; its text is '' when all of it was typed, and undefined means that it does not fit. */
export function restOf(answer: GhostAnswer, place: CursorPlace): Rest | undefined {
  const { place: from, text, replaces } = answer;
  if (place.languageId !== from.languageId || !place.prefix.startsWith(from.prefix)) return undefined;
  const typed = place.prefix.slice(from.prefix.length);
  if (!text.startsWith(typed)) return undefined;
  const rest = text.slice(typed.length);
  const behind = changeBehind(from.suffix, place.suffix);
  if (!behind) return undefined;
  const { added, gone } = behind;
  if (gone > 0) return gone <= replaces ? { text: rest, replaces: replaces - gone, typed } : undefined;
  if (added === '') return { text: rest, replaces, typed };
  if (typed === '') return undefined;
  if (replaces === 0 && rest.endsWith(added)) return { text: rest.slice(0, -added.length), replaces: 0, typed };
  if (!added.includes('\n') && writesAgain(rest, added)) return { text: rest, replaces: replaces + added.length, typed };
  return undefined;
}

/** Whether a later place may still be on the way along an answer that is not there yet. */
export function goesOn(from: CursorPlace, place: CursorPlace): boolean {
  if (place.languageId !== from.languageId || !place.prefix.startsWith(from.prefix)) return false;
  return place.prefix.length - from.prefix.length <= longestTyped && changeBehind(from.suffix, place.suffix) !== undefined;
}

/** How the text behind the cursor has changed, if by closing alone: characters added before it, or its first ones gone. */
function changeBehind(before: string, now: string): { added: string; gone: number } | undefined {
  if (same(before, now)) return { added: '', gone: 0 };
  for (let length = 1; length <= longestAdded && length <= now.length && closers.test(now.charAt(length - 1)); length++)
    if (same(before, now.slice(length))) return { added: now.slice(0, length), gone: 0 };
  for (let length = 1; length <= longestAdded && length <= before.length && closers.test(before.charAt(length - 1)); length++)
    if (same(before.slice(length), now)) return { added: '', gone: length };
  return undefined;
}

/** Two texts behind a cursor are the same when they are equal, or were cut off after nearly as much as is ever sent. */
function same(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= sentAfter - slack && long.startsWith(short);
}

/** Whether a text closes, one after the other, what these characters close behind the cursor. */
function writesAgain(text: string, added: string): boolean {
  let depth = 0;
  let found = 0;
  for (const character of text) {
    if (found === added.length) break;
    const closes = ')]}'.includes(character);
    if ('([{'.includes(character)) depth++;
    else if (closes && depth > 0) depth--;
    else if (character === added.charAt(found)) found++;
    else if (closes) return false;
  }
  return found === added.length;
}
