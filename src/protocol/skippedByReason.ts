/** Files that are not read, grouped by reason, for display. */
import type { SkippedFile } from './memory';

export interface SkippedGroup {
  reason: string;
  count: number;
  /** The first of them, each with what its reason says of it alone: `data.bin (3 MB)`. */
  files: string[];
}

/**
 * Most frequent reason first. What a reason says in brackets (`larger than 1 MB (3 MB)`) goes beside the path.
 * @param most paths that are named under one reason
 */
export function skippedByReason(skipped: readonly SkippedFile[], most: number): SkippedGroup[] {
  const groups = new Map<string, SkippedGroup>();
  for (const { path, reason } of skipped) {
    const [, kind = reason, detail] = /^(.*?)(?: (\([^()]*\)))?$/s.exec(reason) ?? [];
    const group = groups.get(kind) ?? { reason: kind, count: 0, files: [] };
    groups.set(kind, group);
    group.count++;
    if (group.files.length < most) group.files.push(detail === undefined ? path : `${path} ${detail}`);
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}
