/**
 * What stands out in a repository: of each kind the definition that most other files use, and the file that most others
 * depend on. Tests and other people's code are not what a question is about; a name that several files define has no one
 * answer. The same files give the same landmarks.
 */
import type { Landmark } from '../../protocol';
import { fileGraph, isTest, isVendored, type Definition, type FileCode } from '../../repo';
import { guessable } from './needles';

export interface AnalysedFile {
  path: string;
  code: FileCode | undefined;
}

type Kind = Landmark['kind'];

/** A name of fewer letters is used by files that mean something else. */
const shortestName = 4;
/** Characters; they stand on a button, and in a question. */
const longestName = 60;
const longestPath = 80;
/** Nothing that is written around a name, or that begins a mention. */
const plainName = /^(?!__)[\p{L}_$][\p{L}\p{N}_$]*$/u;
const plainPath = /^[\p{L}\p{N}_.+~-]+(?:\/[\p{L}\p{N}_.+~-]+)*$/u;
const kinds: readonly Kind[] = ['function', 'file', 'constant', 'type'];

interface Found {
  kind: Kind;
  name: string;
  path: string;
  /** Files. */
  users: number;
}

/** @param files in any order @returns one of each kind at most, in the order in which they are offered */
export function landmarksOf(files: readonly AnalysedFile[]): Landmark[] {
  const all = files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const { edges, dependents } = fileGraph(all);
  const own = ({ path }: AnalysedFile) => !isVendored(path) && !isTest(path) && path.length <= longestPath && plainPath.test(path);
  const users = usersOf(all, edges);
  const found = all.flatMap((file, at): Found[] => {
    const { path, code } = file;
    if (!code || code.definitions.length === 0 || !own(file)) return [];
    const names = code.definitions.flatMap((definition): Found[] => {
      const kind = kindOf(definition);
      const { name } = definition;
      const used = users.get(name);
      if (!kind || used?.definedIn !== at || name.length < shortestName || name.length > longestName || !plainName.test(name)) return [];
      return [{ kind, name, path, users: used.files }];
    });
    return [{ kind: 'file', name: path, path, users: dependents[at] ?? 0 }, ...names];
  });
  return kinds.flatMap((kind) => {
    const [best] = found.filter((each) => each.kind === kind).toSorted((a, b) => b.users - a.users);
    return best ? [{ kind, name: best.name, path: best.path }] : [];
  });
}

/** Names that are defined once, with the place of the file that defines them and how many others use them. */
function usersOf(files: readonly AnalysedFile[], edges: readonly ReadonlyMap<number, number>[]) {
  const known = new Map<string, { definedIn: number; files: number }>();
  const many = new Set<string>();
  for (const [definedIn, { code }] of files.entries())
    for (const { name } of code?.definitions ?? []) {
      if (known.has(name)) many.add(name);
      else known.set(name, { definedIn, files: 0 });
    }
  for (const name of many) known.delete(name);
  for (const [file, { code }] of files.entries())
    for (const [name] of code?.references ?? []) {
      const used = known.get(name);
      // A file that does not depend on the one that defines it means something else.
      if (used && edges[file]?.has(used.definedIn)) used.files++;
    }
  return known;
}

function kindOf({ kind, name, value }: Definition): Exclude<Kind, 'file'> | undefined {
  switch (kind) {
    case 'function':
    case 'method':
      return 'function';
    case 'class':
    case 'interface':
    case 'type':
    case 'enum':
      return 'type';
    case 'constant':
    case 'macro':
      return value === undefined || guessable(name, value) ? undefined : 'constant';
    default:
      return undefined;
  }
}
