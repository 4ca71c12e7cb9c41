/**
 * An order, once used, stays: a reading that goes on, and a renewal, put every file where it stood, and files that have
 * come since behind them. Only a reading from the very beginning asks for a new order.
 */
import type { RepositoryFile } from '../../repo';

/** Newer files last. */
export function inOrder<T extends { path: string; file: RepositoryFile }>(files: readonly T[], order: readonly string[]): T[] {
  const places = new Map(order.map((path, place) => [path, place]));
  const placeOf = ({ path }: T) => places.get(path) ?? Infinity;
  return files.toSorted((a, b) => {
    const [first, second] = [placeOf(a), placeOf(b)];
    if (first !== second) return first - second;
    return a.file.mtimeMs - b.file.mtimeMs || (a.path < b.path ? -1 : 1);
  });
}

/** The same order with `changed` moved to its end: what changes once changes again, and a renewal then reads less. */
export function withLast(order: readonly string[], changed: ReadonlySet<string>): string[] {
  return [...order.filter((path) => !changed.has(path)), ...order.filter((path) => changed.has(path))];
}
