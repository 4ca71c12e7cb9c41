/** Random numbers that are the same on every machine for one seed (mulberry32), so that a measurement can be repeated. */
export type Random = () => number;

/** @returns a function that gives numbers in [0, 1) */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number in [0, limit). */
export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}
