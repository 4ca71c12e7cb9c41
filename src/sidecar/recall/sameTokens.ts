/**
 * Where a prompt stands token for token as a file does. Whatever edits were made since the file was read, the rows of what is the same
 * can take the place of reading it.
 */

/** `length` tokens from `start` on in the prompt are those from `from` on in the file. */
export interface Run {
  start: number;
  from: number;
  length: number;
}

/** Tokens that are looked up at once. */
const gram = 8;
/** Places in a prompt that begin alike and are compared at most: of long rows of the same token, one is as good as another. */
const mostAlike = 32;

/** @param shortest tokens of a run, 8 at least @returns every run that cannot be made longer, in no order; they may overlap in the prompt */
export function sameRuns(prompt: Uint32Array, file: Uint32Array, shortest: number): Run[] {
  const places = new Map<number, number[]>();
  for (let start = 0; start + gram <= prompt.length; start++) {
    const key = hash(prompt, start);
    const known = places.get(key);
    if (!known) places.set(key, [start]);
    else if (known.length < mostAlike) known.push(start);
  }
  const runs: Run[] = [];
  for (let from = 0; from + gram <= file.length; from++) {
    for (const start of places.get(hash(file, from)) ?? []) {
      // It is a part of a run that was found already.
      if (start > 0 && from > 0 && prompt[start - 1] === file[from - 1]) continue;
      let length = 0;
      while (start + length < prompt.length && from + length < file.length && prompt[start + length] === file[from + length]) length++;
      if (length >= shortest) runs.push({ start, from, length });
    }
  }
  return runs;
}

/**
 * Of overlapping runs the longest stay whole, of others what is left of them.
 * @param shortest tokens that must be left of a run that was longer
 * @returns in the order of the prompt
 */
export function withoutOverlaps<T extends Run>(runs: readonly T[], shortest: number): T[] {
  const chosen: T[] = [];
  for (const run of runs.toSorted((a, b) => b.length - a.length)) {
    const before = chosen.filter(({ start }) => start <= run.start);
    const after = chosen.filter(({ start }) => start > run.start);
    const start = Math.max(run.start, ...before.map((other) => other.start + other.length));
    const end = Math.min(run.start + run.length, ...after.map((other) => other.start));
    if (end - start >= Math.min(shortest, run.length))
      chosen.push({ ...run, start, from: run.from + start - run.start, length: end - start });
  }
  return chosen.toSorted((a, b) => a.start - b.start);
}

function hash(tokens: Uint32Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + gram; i++) value = (Math.imul(value, 0x01000193) ^ (tokens[i] ?? 0)) >>> 0;
  return value;
}
