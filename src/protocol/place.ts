/** A place in the source as people write it, and as the extension opens it: `src/a.ts:3-9`, or `src/a.ts:3` for a single line. */
export interface Place {
  path: string;
  /** Counted from 1, both ends included. */
  startLine: number;
  endLine: number;
}

export function placeOf({ path, startLine, endLine }: Place): string {
  return startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
}
