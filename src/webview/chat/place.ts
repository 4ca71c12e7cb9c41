/** Policy: a place in the source is written as people write it, and as the extension opens it. */
import type { RecalledSpan } from '../../protocol';

/** `src/a.ts:3-9`, or `src/a.ts:3` for a single line. */
export function placeOf({ path, startLine, endLine }: Pick<RecalledSpan, 'path' | 'startLine' | 'endLine'>): string {
  return startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
}
