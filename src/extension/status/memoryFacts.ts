/** What the memory does beside being used, in plain words: what it lacks, what is being done about it, what is safe. */
import type { MemoryState } from '../../protocol';
import { fidelityCounts } from '../fidelity/fidelityText';
import { percent } from '../reading/readingText';
import { dateAndTime, exactCount } from '../../protocol/numbers';
import type { Translate } from '../util/text';

/** Names and values; nothing is said about what is not so. */
export function memoryFacts(memory: MemoryState, t: Translate): [name: string, value: string][] {
  const { paused, behind, journalFiles, journalTokens, renewing, savedAt, fidelity } = memory;
  return [
    ...(paused ? [fact(t('Reading'), t('paused; Resume continues from there'))] : []),
    ...(behind > 0 ? [fact(t('Changed on disk'), t('{0} files, not read again yet', exactCount(behind)))] : []),
    ...(journalFiles > 0
      ? [fact(t('Read again'), t('{0} changed files, {1} tokens', exactCount(journalFiles), exactCount(journalTokens)))]
      : []),
    ...(renewing
      ? [fact(t('Refreshing memory'), t('{0}% of the new memory is built', percent(renewing.tokensRead, renewing.tokensTotal)))]
      : []),
    fact(t('Saved'), savedAt === undefined ? t('not saved') : dateAndTime(savedAt)),
    ...(fidelity ? [fact(t('Exact values recalled'), `${fidelityCounts(fidelity, t)} (${dateAndTime(fidelity.measuredAt)})`)] : []),
  ];
}

const fact = (name: string, value: string): [string, string] => [name, value];
