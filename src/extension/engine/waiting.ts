import type { Translate } from '../util/text';

/** What is said while an answer waits for its turn. @param ahead answers that come first, at least one */
export function waiting(ahead: number, t: Translate): string {
  return ahead === 1 ? t('Waiting for another answer to end') : t('Waiting for {0} other answers to end', ahead);
}
