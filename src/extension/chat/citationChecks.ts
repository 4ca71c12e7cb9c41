/**
 * Policy: a place that an answer links to is looked up on disk once the answer has ended: the file lies in the workspace
 * and has these lines, or it does not. A file whose text the model knew in an older form is said to have changed.
 */
import type { CheckedPlace, PlaceState } from '../../protocol';
import { parseLink } from '../util/links';

/** Where places are looked up. */
export interface PlaceLookup {
  /** How many lines a file of the workspace has; nothing when there is no such file in it. Each file is read once. */
  lines(path: string): Promise<number | undefined>;
}

/**
 * @param places as answers write them, such as `src/a.ts:3-9`
 * @param changed paths of files that were changed after the model read them
 * @returns those that are places in files, in their order
 */
export async function checkPlaces(places: readonly string[], changed: ReadonlySet<string>, lookup: PlaceLookup): Promise<CheckedPlace[]> {
  const checked = await Promise.all(
    places.map(async (place): Promise<CheckedPlace[]> => {
      const target = parseLink(place);
      if (target.kind === 'web') return [];
      const state = target.kind === 'file' ? await stateOf(target, changed, lookup) : 'missing';
      return [{ place, state }];
    }),
  );
  return checked.flat();
}

async function stateOf(
  { path, line, endLine }: { path: string; line: number | undefined; endLine: number | undefined },
  changed: ReadonlySet<string>,
  lookup: PlaceLookup,
): Promise<PlaceState> {
  const written = path.replaceAll('\\', '/');
  const lines = await lookup.lines(written);
  if (lines === undefined || (line ?? 1) > lines || (endLine ?? 1) > lines || (endLine ?? Infinity) < (line ?? 1)) return 'missing';
  return changed.has(written.replace(/^(?:\.\/)+/, '')) ? 'changed' : 'checked';
}
