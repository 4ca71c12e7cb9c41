/** The plan in words, with everything a person needs to agree or to change something; nothing is rounded away. */
import type { PlanCard, RepositoryPlan } from '../../protocol';
import { skippedByReason } from '../../protocol/skippedByReason';
import { exactCount, shortBytes, shortCount, shortSeconds } from '../../protocol/numbers';
import type { Translate } from '../util/text';
import { allCaches } from '../util/allCaches';
import { priceOf } from './price';

/** Paths listed under one reason; the whole list is one button away. */
const listedPaths = 100;

/** @param again everything is to be read again, whatever is held */
export function planCard(plan: RepositoryPlan, again: boolean, t: Translate): PlanCard {
  const price = priceOf(plan, again);
  const title = again ? t('Read {0} again', plan.name) : t('Read {0}', plan.name);
  const time = timeText(price.seconds, plan.tokensPerSecond, t);
  const verdict = plan.fits
    ? plan.tokensResident < plan.tokens
      ? t('Fits in memory; {0} of {1} tokens stay resident.', exactCount(plan.tokensResident), exactCount(plan.tokens))
      : t('Fits in memory; all {0} tokens stay resident.', exactCount(plan.tokens))
    : t('Does not fit: only a part can be read with these settings.');
  const fact = (id: string, name: string, value: string) => ({ id, name, value });
  return {
    title,
    facts: [
      fact('tokens', t('Repository'), t('{0} tokens', exactCount(plan.tokens))),
      fact('files', t('Files'), exactCount(plan.files)),
      fact('held', t('Already in memory'), again ? t('not used') : t('{0} tokens', exactCount(plan.tokensHeld))),
      ...(plan.tokensArchived > 0 ? [fact('archived', t('In the archive'), t('{0} tokens', exactCount(plan.tokensArchived)))] : []),
      fact('read', t('To read'), t('{0} tokens', exactCount(price.tokens))),
      fact('time', t('Time'), time),
      fact('model', t('Model'), shortBytes(plan.modelBytes)),
      fact('kv', t('KV cache'), t('{0} for the repository', shortBytes(plan.kvBytes))),
      fact('kv-full', t('Uncompressed'), t('{0} for the repository', shortBytes(plan.kvBytesFull))),
      fact('kv-all', t('All KV caches'), allCaches(plan.kvBytes, plan.kvBanks, t)),
      ...(plan.archiveBytes > 0
        ? [fact('archive', t('Archive on disk'), t('{0} once everything is read', shortBytes(plan.archiveBytes)))]
        : []),
    ],
    fits: plan.fits,
    verdict,
    advice: plan.advice,
    skippedCount: plan.skipped.length,
    skipped: skippedByReason(plan.skipped, listedPaths),
    lastFiles: plan.lastFiles,
    spoken: `${title}: ${t('{0} tokens to read', shortCount(price.tokens))}, ${time}. ${verdict}`,
  };
}

/** `2 min at 2.1k tokens/s`, or that nobody knows yet. */
function timeText(seconds: number | null, rate: number | null, t: Translate): string {
  if (seconds === null) return t('not measured yet');
  return rate === null ? t('about {0}', shortSeconds(seconds)) : t('about {0}, at {1} tokens/s', shortSeconds(seconds), shortCount(rate));
}
