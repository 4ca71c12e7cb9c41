/** What was not read, in words: how many files for each reason, with a few of them named. */
import type { SkippedFile } from '../protocol';
import { counted, exactCount } from '../protocol/numbers';
import { skippedByReason } from '../protocol/skippedByReason';

/** Of one reason; `--json` names all. */
const shownFiles = 3;
const shownReasons = 12;

export function skippedLines(skipped: readonly SkippedFile[]): string[] {
  if (skipped.length === 0) return ['nothing skipped'];
  const groups = skippedByReason(skipped, shownFiles);
  const lines = groups.slice(0, shownReasons).map(({ reason, count, files }) => {
    const more = count > files.length ? `, and ${exactCount(count - files.length)} more` : '';
    return `  ${exactCount(count)} ${reason}: ${files.join(', ')}${more}`;
  });
  const others = groups.slice(shownReasons).reduce((sum, { count }) => sum + count, 0);
  return [
    `skipped ${counted(skipped.length, 'file')}:`,
    ...lines,
    ...(others > 0 ? [`  ${exactCount(others)} for other reasons; --json names them`] : []),
  ];
}
