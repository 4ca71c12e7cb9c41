/** What stands in what: regions of one syntax tree, which nest or are apart, walked once from the start of the text. */
import type { Span } from './sourceLines';

/** Names that a place stands in; a hostile file nests without end, and what is deeper is of use to nobody. */
const deepest = 16;

export interface Region extends Span {
  /** What the region adds to the names that things stand in. */
  names: readonly string[];
  /** Offset from which everything in it is local to a function. */
  localsFrom?: number | undefined;
  /** Nothing in it is a definition. */
  hides?: boolean | undefined;
}

export interface Place {
  /** Outermost first. */
  within: readonly string[];
  /** Inside of a function. */
  local: boolean;
  hidden: boolean;
}

/** @returns the place of every region; of two with the same range, neither stands in the other */
export function nest<R extends Region>(regions: readonly R[]): Map<R, Place> {
  const places = new Map<R, Place>();
  const around: { region: Region; place: Place; inside: readonly string[] }[] = [];
  const order = (region: Region) => (region.hides ? 0 : 1);
  for (const region of regions.toSorted((a, b) => a.start - b.start || b.end - a.end || order(a) - order(b))) {
    while ((around.at(-1)?.region.end ?? Infinity) <= region.start) around.pop();
    const nearest = around.at(-1);
    const parent = around.findLast(({ region: { start, end } }) => start !== region.start || end !== region.end);
    const within = parent?.inside ?? [];
    const place = {
      within,
      local: parent !== undefined && (parent.place.local || region.start >= (parent.region.localsFrom ?? Infinity)),
      hidden: nearest !== undefined && (nearest.place.hidden || nearest.region.hides === true),
    };
    places.set(region, place);
    around.push({ region, place, inside: region.names.length > 0 ? [...within, ...region.names].slice(0, deepest) : within });
  }
  return places;
}
