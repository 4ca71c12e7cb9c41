/** How well the memory recalls is said in counts of what was tried, never as a mark or a promise. */
import type { Fidelity } from '../../protocol';
import type { Translate } from '../util/text';

/** `12 of 40 from memory alone, 36 of 38 with rows recalled from the archive, 38 of 40 with source added as text` */
export function fidelityCounts({ needles, memory, rows, recalled }: Fidelity, t: Translate): string {
  const counts = [memory.exact, recalled.exact, needles];
  if (!rows) return t('{0} of {2} from memory alone, {1} of {2} with source added as text', ...counts);
  if (rows.needles === 0)
    return t('{0} of {2} from memory alone, {1} of {2} with source added as text; the archive has no rows of that source', ...counts);
  return t(
    '{0} of {2} from memory alone, {3} of {4} with rows recalled from the archive, {1} of {2} with source added as text',
    ...counts,
    rows.exact,
    rows.needles,
  );
}

export function fidelityMessage(fidelity: Fidelity, t: Translate): string {
  const lines = Math.round(fidelity.found * fidelity.needles);
  return [
    t('Exact values recalled: {0}.', fidelityCounts(fidelity, t)),
    t('The line that defines the value was added for {0} of {1}.', lines, fidelity.needles),
  ].join(' ');
}
