/**
 * A person who types held-out lines, letter by letter at an uneven pace, and thinks for a moment at the end of each and
 * now and then within one. What the editor sends at every key.
 */
import type { CompleteParams } from '../../protocol';
import type { Random } from '../../sidecar/random';
import type { HeldOutPlace } from './heldOutPlaces';

export interface Key {
  params: CompleteParams;
  /** Milliseconds until the next one. */
  pause: number;
}

/** Between two letters, on average; a fast typist. */
export const meanInterval = 120;
/** At the end of a line, and at one place in so many within it. */
const thought = 1200;
const oneIn = 20;

/** As the extension sends it (src/extension/ghostText/cursorPlace.ts): UTF-16 units, and lines from which it begins. */
const sentBefore = 16_000;
const sentAfter = 8_000;
const step = 64;

/** What is sent with so much of the line typed. Where it begins does not move while one types. */
export function paramsAt({ path, prefix, suffix }: Pick<HeldOutPlace, 'path' | 'prefix' | 'suffix'>, typed = ''): CompleteParams {
  const lines = prefix.split('\n');
  let first = lines.length - 1;
  for (let length = 0; first > 0 && length < sentBefore; first--) length += (lines[first - 1]?.length ?? 0) + 1;
  first -= first % step;
  return {
    path,
    startLine: first + 1,
    prefix: lines.slice(first).join('\n') + typed,
    suffix: suffix.slice(0, sentAfter),
    singleLine: true,
  };
}

/** @returns `count` keys, the lines one after the other and from the start again when they are too few */
export function typeLines(places: readonly HeldOutPlace[], count: number, random: Random): Key[] {
  const keys: Key[] = [];
  while (places.length > 0 && keys.length < count)
    for (const place of places)
      for (let typed = 1; typed <= place.truth.length && keys.length < count; typed++) {
        const thinks = typed === place.truth.length || random() < 1 / oneIn;
        const pause = thinks ? thought * (0.5 + random()) : meanInterval * (0.5 + random());
        keys.push({ params: paramsAt(place, place.truth.slice(0, typed)), pause });
      }
  return keys;
}
