/** Values of a GGUF header by their path; a file may hold anything. */

export function valueAt(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const key of path) current = typeof current === 'object' && current !== null ? Reflect.get(current, key) : undefined;
  return current;
}

export function numberAt(value: unknown, ...path: string[]): number | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'number' ? found : typeof found === 'bigint' ? Number(found) : undefined;
}

/** One number for each of `count` layers, from a list or one for all; undefined: neither, or a list that is too short. */
export function numbersAt(value: unknown, count: number, ...path: string[]): number[] | undefined {
  const found = valueAt(value, ...path);
  const numbers = Array.from({ length: count }, (_, i) => numberAt(Array.isArray(found) ? found[i] : found));
  return numbers.every((number) => number !== undefined) ? numbers : undefined;
}
