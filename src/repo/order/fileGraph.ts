/**
 * Which file depends on which: from a file that uses a name to the files that define it, and from a file that imports
 * to what it imports. The idea of weighing files by the names they share is Aider's repository map
 * (https://aider.chat/2023/10/22/repomap.html).
 *
 * A name counts as far as it tells where it comes from: short names little, names that many files define nothing. It is
 * looked for where its language would: in the file itself (no edge), in what the file imports, in what that imports,
 * then beside it or anywhere, where the language finds names without an import. How often it is used counts by its
 * logarithm. Names of one language do not mean those of another. Every step is bounded: a hundred thousand definitions
 * cost seconds at most.
 */
import { posix } from 'node:path';
import type { FileCode } from '../code/types';
import { importTargets, type ImportTargets } from './importTargets';
import { PathIndex } from './pathIndex';
import { namesOf, type Names } from './sharedNames';

/** An import weighs as much as this many telling names. */
const importWeight = 3;
/** A name that more files define, of those where it may come from, could be any of them. */
const mostDefiners = 8;
/** A name that more files define is not looked for among more files. */
const mostAlike = 64;
/** Imports of imports that are looked into; a header that includes everything says little. */
const mostIndirect = 500;
/** The strongest edges of a file that are kept. */
const mostEdges = 64;

/** Languages that find names without an import. */
const besides = new Set(['Go', 'Java', 'Rust', 'C#', 'Ruby', 'PHP']);
const anywhere = new Set(['C#', 'Ruby', 'PHP']);

export interface FileGraph {
  /** By the place of a file in the input: the files it depends on, with weights above 0. */
  edges: ReadonlyMap<number, number>[];
  /** By the place of a file: how many others import it or use a name that only it can mean. */
  dependents: number[];
}

/** @param files in an order of their own, such as by path: among equals the earlier is preferred */
export function fileGraph(files: readonly { path: string; code: FileCode | undefined }[]): FileGraph {
  const index = new PathIndex(files.map(({ path }) => path));
  const names = namesOf(files.map(({ code }) => code));
  const imports = files.map(({ path, code }) => code && importTargets(path, code, index));
  const dependents = files.map(() => 0);
  const edges = files.map(({ path, code }, file) => {
    const imported = imports[file];
    if (!code || !imported) return new Map<number, number>();
    const beside = besides.has(code.language) ? index.filesIn(posix.dirname(path)) : new Set<number>();
    const { weights, sure } = dependencies(file, code, names, [imported.files, imported.packaged, indirect(imported, imports), beside]);
    for (const target of sure) dependents[target] = (dependents[target] ?? 0) + 1;
    return strongest(weights);
  });
  return { edges, dependents };
}

/** @param places where a name may come from, the likeliest first; the first of them are imports that name a file */
function dependencies(file: number, code: FileCode, names: Names, places: readonly ReadonlySet<number>[]) {
  const weights = new Map<number, number>();
  const add = (to: number, weight: number) => weights.set(to, (weights.get(to) ?? 0) + weight);
  const sure = new Set(places[0]);
  const definersOf = names.definersFor(code);
  for (const target of sure) add(target, importWeight);
  for (const [name, count] of code.references) {
    const definers = definersOf(name);
    if (!definers || definers.has(file)) continue;
    const targets = nearest(definers, places) ?? (anywhere.has(code.language) && definers.size <= mostDefiners ? [...definers] : []);
    const weight = (names.tellingness(name) * (1 + Math.log2(count))) / targets.length;
    if (targets.length === 0 || targets.length > mostDefiners || weight === 0) continue;
    for (const target of targets) add(target, weight);
    if (targets.length === 1) for (const target of targets) sure.add(target);
  }
  weights.delete(file);
  sure.delete(file);
  return { weights, sure };
}

function indirect(imported: ImportTargets, imports: readonly (ImportTargets | undefined)[]): Set<number> {
  const found = new Set<number>();
  for (const direct of imported.files)
    for (const next of imports[direct]?.files ?? []) {
      if (found.size >= mostIndirect) return found;
      found.add(next);
    }
  return found;
}

/** @returns those in the first place that has any; undefined when none has */
function nearest(definers: ReadonlySet<number>, places: readonly ReadonlySet<number>[]): number[] | undefined {
  for (const place of places) {
    const found = meet(definers, place);
    if (found.length > 0) return found;
  }
  return undefined;
}

function meet(a: ReadonlySet<number>, b: ReadonlySet<number>): number[] {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  return small.size > mostAlike ? [] : [...small].filter((each) => large.has(each));
}

function strongest(weights: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  if (weights.size <= mostEdges) return weights;
  return new Map([...weights].sort(([a, x], [b, y]) => y - x || a - b).slice(0, mostEdges));
}
