/** Names that one file defines and others may use. */
import type { FileCode } from '../code/types';

/** Letters; a name of as many is telling, one of `silent` says nothing. */
const telling = 8;
const silent = 2;

export interface Names {
  /** Files that define a name so that files of the same language can use it. */
  definersFor(code: FileCode): (name: string) => ReadonlySet<number> | undefined;
  /** 0 to 1. */
  tellingness(name: string): number;
}

export function namesOf(codes: readonly (FileCode | undefined)[]): Names {
  const groups = new Map<string, Map<string, Set<number>>>();
  for (const [file, code] of codes.entries()) {
    if (!code) continue;
    const known = groups.get(groupOf(code)) ?? new Map<string, Set<number>>();
    groups.set(groupOf(code), known);
    for (const name of usableNames(code)) {
      const files = known.get(name);
      if (files) files.add(file);
      else known.set(name, new Set([file]));
    }
  }
  return {
    definersFor: (code) => {
      const known = groups.get(groupOf(code));
      return (name) => known?.get(name);
    },
    tellingness: (name) => Math.min(1, Math.max(0, name.length - silent) / (telling - silent)),
  };
}

/** A field is used through something else, which is what tells; what stands in a function is used there alone. */
function usableNames({ definitions }: FileCode): Set<string> {
  const path = (steps: readonly string[]) => steps.join('\n');
  const functions = definitions.filter(({ kind }) => kind === 'function' || kind === 'method');
  const bodies = new Set(functions.map(({ within, name }) => path([...within, name])));
  return new Set(definitions.filter(({ kind, within }) => kind !== 'field' && !bodies.has(path(within))).map(({ name }) => name));
}

function groupOf({ language }: FileCode): string {
  return language === 'TypeScript' ? 'JavaScript' : language;
}
