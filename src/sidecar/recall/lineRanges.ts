/** Lines of a file, counted from 1, both ends included. */

export interface LineRange {
  path: string;
  startLine: number;
  endLine: number;
}

export function contains(range: LineRange, path: string, line: number): boolean {
  return range.path === path && range.startLine <= line && line <= range.endLine;
}

/** The part around line `at` that none of `taken` has; undefined when `at` itself is taken. */
export function freePart<T extends LineRange & { at: number }>(range: T, taken: readonly LineRange[]): T | undefined {
  let { startLine, endLine } = range;
  for (const other of taken) {
    if (other.path !== range.path || other.endLine < startLine || other.startLine > endLine) continue;
    if (contains(other, range.path, range.at)) return undefined;
    if (other.endLine < range.at) startLine = other.endLine + 1;
    else endLine = other.startLine - 1;
  }
  return startLine === range.startLine && endLine === range.endLine ? range : { ...range, startLine, endLine };
}
