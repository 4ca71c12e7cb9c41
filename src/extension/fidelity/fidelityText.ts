/** How well the memory recalls is said in counts of what was tried, never as a mark or a promise. */
import type { Fidelity } from '../../protocol';
import type { Translate } from '../util/text';

/** `12 of 40 from memory alone, 38 of 40 with source added` */
export function fidelityCounts({ needles, memory, recalled }: Fidelity, t: Translate): string {
  return t('{0} of {2} from memory alone, {1} of {2} with source added', memory.exact, recalled.exact, needles);
}

export function fidelityMessage(fidelity: Fidelity, t: Translate): string {
  const lines = Math.round(fidelity.found * fidelity.needles);
  return [
    t('Exact values recalled: {0}.', fidelityCounts(fidelity, t)),
    t('The line that defines the value was added for {0} of {1}.', lines, fidelity.needles),
  ].join(' ');
}
