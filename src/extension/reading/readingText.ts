/** How far a reading is and how it ended, in one line each; every number comes from the engine. */
import type { ReadingNow, ReadProgress, ReadSummary } from '../../protocol';
import { exactCount, shortBytes, shortCount, shortSeconds } from '../../protocol/numbers';
import type { Translate } from '../util/text';
import type { ReadingView } from './readingController';

/** Whole percent; 0 while the total is unknown, and 100 only when everything is read. */
export function percent(read: number, total: number): number {
  if (total <= 0) return 0;
  return read >= total ? 100 : Math.min(99, Math.floor((100 * read) / total));
}

/** `34% of 412k tokens · 2.1k tokens/s · 2 min left`, or what comes before that. */
export function progressLine(progress: ReadProgress, t: Translate): string {
  if (progress.phase === 'listing') return t('listing files');
  if (progress.phase === 'restoring') return t('restoring the saved memory');
  if (progress.phase === 'measuring') return t('measuring the layers of the model');
  return [
    t('{0}% of {1} tokens', percent(progress.tokensRead, progress.tokensTotal), shortCount(progress.tokensTotal)),
    ...paceParts(progress, t),
  ].join(' · ');
}

/** Rate and time left, as far as they are known. */
export function paceParts({ tokensPerSecond, secondsLeft }: ReadProgress, t: Translate): string[] {
  return [
    ...(tokensPerSecond > 0 ? [t('{0} tokens/s', shortCount(tokensPerSecond))] : []),
    ...(secondsLeft === null ? [] : [t('{0} left', shortSeconds(secondsLeft))]),
  ];
}

/** The progress row of the chat view. */
export function readingNow({ doing, progress }: ReadingView, t: Translate): ReadingNow {
  if (doing === 'nothing') return { doing, percent: null, text: '' };
  if (doing === 'planning') return { doing, percent: null, text: t('Counting the tokens to read') };
  if (!progress) return { doing, percent: null, text: t('Starting to read') };
  if (progress.phase === 'listing') return { doing, percent: null, text: t('Listing files') };
  const now = progress.tokensTotal > 0 ? percent(progress.tokensRead, progress.tokensTotal) : null;
  if (progress.phase === 'restoring') return { doing, percent: now, text: t('Restoring the saved memory') };
  if (progress.phase === 'measuring') return { doing, percent: now, text: t('Measuring the layers of the model, once') };
  return { doing, percent: now, text: t('Reading: {0}', progressLine(progress, t)) };
}

/** What was restored and read, and what it takes now. */
export function summaryLine(summary: ReadSummary, t: Translate): string {
  const { kvBytes, kvBytesFull, skipped, stopped } = summary;
  if (stopped === 'cancelled') return t('Paused after {0} tokens. Resume continues from there.', exactCount(summary.tokens));
  const smaller = kvBytes < kvBytesFull;
  return [
    doneText(summary, t),
    ...(stopped === 'maxTokens' ? [t('The rest does not fit.')] : []),
    ...(smaller ? [t('The cache takes {0}; uncompressed it would take {1}.', shortBytes(kvBytes), shortBytes(kvBytesFull))] : []),
    ...(skipped.length > 0 ? [t('Skipped files: {0}.', exactCount(skipped.length))] : []),
  ].join(' ');
}

function doneText({ tokens, restoredTokens, archivedTokens, files, seconds }: ReadSummary, t: Translate): string {
  const where = exactCount(files);
  const time = shortSeconds(seconds);
  if (archivedTokens > 0) {
    const [archived, read] = [exactCount(archivedTokens), exactCount(tokens - restoredTokens - archivedTokens)];
    return restoredTokens === 0
      ? t('Loaded {0} tokens from the archive and read {1}, of {2} files, in {3}.', archived, read, where, time)
      : t(
          'Restored {0} tokens, loaded {1} from the archive and read {2}, of {3} files, in {4}.',
          exactCount(restoredTokens),
          archived,
          read,
          where,
          time,
        );
  }
  if (restoredTokens === 0) return t('Read {0} tokens of {1} files in {2}.', exactCount(tokens), where, time);
  const restored = exactCount(restoredTokens);
  if (restoredTokens >= tokens) return t('Restored {0} tokens of {1} files in {2}; nothing had to be read.', restored, where, time);
  return t('Restored {0} tokens and read {1}, of {2} files, in {3}.', restored, exactCount(tokens - restoredTokens), where, time);
}
