/** The table says what the map shows: the folders of the folder that is looked at, then every file below it. */
import { leavesOf, type MapNode } from './mapTree';

export type SortBy = 'order' | 'name' | 'tokens' | 'held';

export interface Sorting {
  by: SortBy;
  descending: boolean;
}

/** Pressing a column's head: sorts by it, then the other way round. Numbers of tokens begin with the largest. */
export function sortedBy(by: SortBy, before: Sorting): Sorting {
  return { by, descending: before.by === by ? !before.descending : by === 'tokens' };
}

export interface TableRow {
  node: MapNode;
  /** Of a file, counted from 1 in the order in which the files below the folder were read. */
  place: number | undefined;
}

/** @returns folders first, each group sorted; equal ones in reading order */
export function tableRows(node: MapNode, { by, descending }: Sorting): TableRow[] {
  const compare = (a: MapNode, b: MapNode) => {
    const difference = by === 'name' ? (a.path < b.path ? -1 : 1) : by === 'order' ? 0 : a[by] - b[by];
    return (difference || a.start - b.start) * (descending ? -1 : 1);
  };
  const leaves = node.children.length === 0 && node.kind === 'folder' ? [] : leavesOf(node);
  const places = new Map(leaves.toSorted((a, b) => a.start - b.start).map(({ path }, index) => [path, index + 1]));
  const folders = node.children.filter(({ kind }) => kind === 'folder');
  return [...folders.toSorted(compare), ...leaves.toSorted(compare)].map((row) => ({ node: row, place: places.get(row.path) }));
}
