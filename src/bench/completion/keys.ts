/**
 * A person who types held-out lines, letter by letter at an uneven pace, and thinks for a moment at the end of each and
 * now and then within one. What the editor sends at every key.
 */
import type { CompleteParams } from '../../protocol';
import type { Random } from '../../sidecar/random';
import type { Place } from './places';

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

/** As much as the extension sends (src/extension/ghostText/place.ts), UTF-16 units. */
const sentBefore = 16_000;
const sentAfter = 8_000;

export function paramsAt({ path, prefix, suffix }: Pick<Place, 'path' | 'prefix' | 'suffix'>, typed = ''): CompleteParams {
  return { path, prefix: (prefix + typed).slice(-sentBefore), suffix: suffix.slice(0, sentAfter), singleLine: true };
}

/** @returns `count` keys, the lines one after the other and from the start again when they are too few */
export function typeLines(places: readonly Place[], count: number, random: Random): Key[] {
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
