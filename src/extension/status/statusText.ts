/** Policy: the status item says what Bonsai is doing now and what it holds; every number in it comes from the engine. */
import type { ReadProgress, Status } from '../../protocol';
import { shortBytes, shortCount, shortSeconds } from '../util/numbers';
import type { Translate } from '../util/text';

export interface StatusText {
  text: string;
  /** Read aloud in place of the text with its icons. */
  spoken: string;
  severity: 'normal' | 'warning' | 'error';
}

const spin = '$(loading~spin)';

/** @param progress the newest progress of a running read, which carries the rate and the time left */
export function statusText(status: Status, progress: ReadProgress | undefined, t: Translate): StatusText {
  const show = (icon: string, words: string, severity: StatusText['severity'] = 'normal'): StatusText => ({
    text: `${icon} ${words}`,
    spoken: words,
    severity,
  });
  switch (status.state) {
    case 'noModel':
      return show('$(type-hierarchy-sub)', 'Bonsai');
    case 'starting':
      return show(spin, t('Bonsai starting'));
    case 'loading':
      return show(spin, t('Bonsai loading the model'));
    case 'failed':
      return show('$(error)', t('Bonsai needs attention'), 'error');
    case 'reading':
      return show(spin, readingText(status, progress, t));
    case 'answering':
      return show(spin, [t('Bonsai answering'), ...held(status, t)].join(' · '));
    case 'completing':
    case 'ready':
      if (status.lostRepository !== undefined) return show('$(warning)', t('Bonsai: read the repository again'), 'warning');
      return show('$(type-hierarchy-sub)', ['Bonsai', ...held(status, t)].join(' · '));
  }
}

function readingText(status: Status, progress: ReadProgress | undefined, t: Translate): string {
  if (progress?.phase === 'listing') return t('Bonsai listing files');
  const read = progress?.tokensRead ?? status.repository?.tokensRead ?? 0;
  const total = progress?.tokensTotal ?? status.repository?.tokensTotal ?? 0;
  const parts = [t('Bonsai reading {0}%', percent(read, total))];
  if (progress && progress.tokensPerSecond > 0) parts.push(t('{0} tokens/s', shortCount(progress.tokensPerSecond)));
  if (progress && progress.secondsLeft !== null) parts.push(t('{0} left', shortSeconds(progress.secondsLeft)));
  return parts.join(' · ');
}

/** Tokens read and kept, and the cache's bytes, as far as there are any. */
function held(status: Status, t: Translate): string[] {
  const parts: string[] = [];
  if (status.repository)
    parts.push(t('{0} read / {1} kept', shortCount(status.repository.tokensRead), shortCount(status.repository.tokensKept)));
  if (status.kvBytes > 0) parts.push(shortBytes(status.kvBytes));
  return parts;
}

/** Whole percent; 0 while the total is unknown, and 100 only when everything is read. */
export function percent(read: number, total: number): number {
  if (total <= 0) return 0;
  return read >= total ? 100 : Math.min(99, Math.floor((100 * read) / total));
}
