/**
 * A place that an answer links to is looked up on disk once the answer has ended: the file lies in the workspace
 * and has these lines, or it does not. A file whose text the model knew in an older form is said to have changed. A name
 * without its folder means the one file of the workspace that has it; nothing is said of one that several have.
 */
import type { CheckedPlace, PlaceState } from '../../protocol';
import { parseLink } from '../util/links';

/** Where places are looked up. */
export interface PlaceLookup {
  /** How many lines a file of the workspace has; nothing when there is no such file in it. Each file is read once. */
  lines(path: string): Promise<number | undefined>;
  /** Paths of the files with this name, in any folder. */
  named(name: string): Promise<readonly string[]>;
}

/**
 * @param places as answers write them, such as `src/a.ts:3-9`
 * @param changed paths of files that were changed after the model read them
 * @returns those that are places in files, in their order; without those that could be several
 */
export async function checkPlaces(places: readonly string[], changed: ReadonlySet<string>, lookup: PlaceLookup): Promise<CheckedPlace[]> {
  const checked = await Promise.all(
    places.map(async (place): Promise<CheckedPlace[]> => {
      const target = parseLink(place);
      if (target.kind === 'web') return [];
      if (target.kind === 'refused') return [{ place, state: 'missing' }];
      const state = await stateOf(target, changed, lookup);
      if (state !== 'missing' || /[\\/]/.test(target.path) || (await lookup.lines(target.path)) !== undefined) return [{ place, state }];
      const [path, another] = await lookup.named(target.path);
      if (path === undefined) return [{ place, state }];
      if (another !== undefined) return [];
      const at = { ...target, path };
      return [{ place, state: await stateOf(at, changed, lookup), at: written(at) }];
    }),
  );
  return checked.flat();
}

interface FilePlace {
  path: string;
  line: number | undefined;
  endLine: number | undefined;
}

async function stateOf({ path, line, endLine }: FilePlace, changed: ReadonlySet<string>, lookup: PlaceLookup): Promise<PlaceState> {
  const plain = path.replaceAll('\\', '/');
  const lines = await lookup.lines(plain);
  if (lines === undefined || (line ?? 1) > lines || (endLine ?? 1) > lines || (endLine ?? Infinity) < (line ?? 1)) return 'missing';
  return changed.has(plain.replace(/^(?:\.\/)+/, '')) ? 'changed' : 'checked';
}

function written({ path, line, endLine }: FilePlace): string {
  return path + (line === undefined ? '' : `:${line}`) + (endLine === undefined ? '' : `-${endLine}`);
}

/** Looks names up in a list of paths, which is asked for once, with the first name. */
export function namesIn(list: () => Promise<readonly string[]>): PlaceLookup['named'] {
  let known: Promise<ReadonlyMap<string, string[]>> | undefined;
  return async (name) => {
    known ??= list().then(byName);
    return (await known).get(name) ?? [];
  };
}

function byName(paths: readonly string[]): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const alike = found.get(name);
    if (alike) alike.push(path);
    else found.set(name, [path]);
  }
  return found;
}
