/** Symbols to mention: what language servers find, and what the sidecar's index knows. */
import type { IndexedSymbol } from '../../protocol';

export interface FoundSymbol {
  path: string;
  name: string;
  /** From 1. */
  line: number;
}

/** Asks the sidecar's index; nothing while no model is loaded. @param path only in this file */
export type IndexedSymbols = (query: string, path?: string) => Promise<readonly IndexedSymbol[]>;

/** What a mention could not tell apart is offered once, as the language server knows it: the index is as old as the file on disk. */
export function withIndexed(served: readonly FoundSymbol[], indexed: readonly IndexedSymbol[]): FoundSymbol[] {
  const all = [...served, ...indexed.map(({ path, name, nameLine }) => ({ path, name, line: nameLine }))];
  const different = new Map<string, FoundSymbol>();
  for (const symbol of all) {
    const key = JSON.stringify([symbol.path, symbol.name]);
    if (!different.has(key)) different.set(key, symbol);
  }
  return [...different.values()];
}
