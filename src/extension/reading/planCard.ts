/** Policy: the plan in words, with everything a person needs to agree or to change something; nothing is rounded away. */
import type { PlanCard, RepositoryPlan, SkippedFile } from '../../protocol';
import { exactCount, shortBytes, shortCount, shortSeconds } from '../util/numbers';
import type { Translate } from '../util/text';
import { priceOf } from './price';

/** Paths listed under one reason; the whole list is one button away. */
const listedPaths = 100;

/** @param again everything is to be read anew, whatever is held */
export function planCard(plan: RepositoryPlan, again: boolean, t: Translate): PlanCard {
  const price = priceOf(plan, again);
  const title = again ? t('Read {0} again', plan.name) : t('Read {0}', plan.name);
  const time = timeText(price.seconds, plan.tokensPerSecond, t);
  const verdict = plan.fits
    ? t('It fits: the whole repository can be read with these settings.')
    : t('It does not fit: only a part can be read with these settings.');
  const fact = (id: string, name: string, value: string) => ({ id, name, value });
  return {
    title,
    facts: [
      fact('tokens', t('Repository'), t('{0} tokens', exactCount(plan.tokens))),
      fact('files', t('Files'), exactCount(plan.files)),
      fact('held', t('Held already'), again ? t('none is used') : t('{0} tokens', exactCount(plan.tokensHeld))),
      fact('read', t('To read'), t('{0} tokens', exactCount(price.tokens))),
      fact('time', t('Time'), time),
      fact('model', t('Model'), shortBytes(plan.modelBytes)),
      fact('kv', t('KV cache'), shortBytes(plan.kvBytes)),
      fact('kv-full', t('Uncompressed'), shortBytes(plan.kvBytesFull)),
    ],
    fits: plan.fits,
    verdict,
    advice: plan.advice,
    skippedCount: plan.skipped.length,
    skipped: byReason(plan.skipped),
    lastFiles: plan.lastFiles,
    spoken: `${title}: ${t('{0} tokens to read', shortCount(price.tokens))}, ${time}. ${verdict}`,
  };
}

/** `2 min at 2.1k tokens/s`, or that nobody knows yet. */
function timeText(seconds: number | null, rate: number | null, t: Translate): string {
  if (seconds === null) return t('not measured yet');
  return rate === null ? t('about {0}', shortSeconds(seconds)) : t('about {0}, at {1} tokens/s', shortSeconds(seconds), shortCount(rate));
}

/** Most frequent reason first. What a reason says in brackets of one file (`larger than 1 MB (3 MB)`) goes beside its path. */
function byReason(skipped: readonly SkippedFile[]): PlanCard['skipped'] {
  const groups = new Map<string, { reason: string; count: number; files: string[] }>();
  for (const { path, reason } of skipped) {
    const [, kind = reason, detail] = /^(.*?)(?: (\([^()]*\)))?$/s.exec(reason) ?? [];
    const group = groups.get(kind) ?? { reason: kind, count: 0, files: [] };
    groups.set(kind, group);
    group.count++;
    if (group.files.length < listedPaths) group.files.push(detail === undefined ? path : `${path} ${detail}`);
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}
