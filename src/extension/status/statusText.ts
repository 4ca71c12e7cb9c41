/** The status item says what Bonsai is doing now; the numbers of what it holds stand in its tooltip. */
import type { Status } from '../../protocol';
import type { ReadingView } from '../reading/readingController';
import { paceParts, percent } from '../reading/readingText';
import { priceOf } from '../reading/price';
import { shortCount, shortSeconds } from '../../protocol/numbers';
import type { Translate } from '../util/text';
import { isPaused } from './contextKeys';

export interface StatusText {
  text: string;
  /** Read aloud in place of the text with its icons. */
  spoken: string;
  severity: 'normal' | 'warning' | 'error';
}

const spin = '$(loading~spin)';
/** While a number says how far it is nothing has to turn: a read is long, and where no card draws for the editor turning takes time from the keys. */
const book = '$(book)';
const tree = '$(type-hierarchy-sub)';

const show = (icon: string, words: string, severity: StatusText['severity'] = 'normal'): StatusText => ({
  text: `${icon} ${words}`,
  spoken: words,
  severity,
});

/** @param reading what the extension asked for, which the sidecar's status cannot know */
export function statusText(status: Status, reading: ReadingView, t: Translate): StatusText {
  switch (status.state) {
    case 'starting':
      return show(spin, t('Bonsai starting'));
    case 'loading':
      return show(spin, t('Bonsai loading the model'));
    case 'restoring':
      return show(spin, t('Bonsai restoring the saved memory'));
    case 'failed':
      return show('$(error)', t('Bonsai needs attention'), 'error');
    case 'answering':
      return show(spin, t('Bonsai answering'));
    case 'reading':
      return readingText(status, reading, t);
    case 'noModel':
    case 'completing':
    case 'ready':
      // Ghost text comes and goes in the middle of a read.
      return reading.doing === 'reading' ? readingText(status, reading, t) : restText(status, reading, t);
  }
}

function readingText(status: Status, { progress }: ReadingView, t: Translate): StatusText {
  const { repository } = status;
  if (progress?.phase === 'listing') return show(spin, t('Bonsai listing files'));
  if (progress?.phase === 'restoring') return show(spin, t('Bonsai restoring the saved memory'));
  if (progress?.phase === 'measuring') return show(spin, t('Bonsai measuring the layers of the model'));
  if (progress)
    return show(
      book,
      [t('Bonsai reading {0}%', percent(progress.tokensRead, progress.tokensTotal)), ...paceParts(progress, t)].join(' · '),
    );
  if (repository?.memory.renewing) return show(spin, ['Bonsai', ...behindParts(status, t)].join(' · '));
  if (repository?.complete) return show(spin, t('Bonsai reading changes'));
  return show(book, t('Bonsai reading {0}%', percent(repository?.tokensRead ?? 0, repository?.tokensTotal ?? 0)));
}

function restText(status: Status, reading: ReadingView, t: Translate): StatusText {
  const { repository, lostRepository } = status;
  const { offer } = reading;
  if (reading.doing === 'planning') return show(spin, t('Bonsai counting tokens'));
  if (lostRepository !== undefined) return show('$(warning)', t('Bonsai: read the repository again'), 'warning');
  if (offer) {
    const { tokens, seconds } = priceOf(offer.plan, offer.again);
    const time = seconds === null ? [] : [t('about {0}', shortSeconds(seconds))];
    const what = t('{0} tokens to read', shortCount(tokens));
    return show('$(repo)', [reading.otherFolders ? t('Bonsai: other folders') : 'Bonsai', what, ...time].join(' · '));
  }
  if (reading.otherFolders && repository) return show('$(repo)', t('Bonsai: other folders in memory'));
  if (repository && isPaused(status, reading))
    return show('$(debug-pause)', t('Bonsai paused at {0}%', percent(repository.tokensRead, repository.tokensTotal)));
  return show(tree, ['Bonsai', ...(repository ? [t('ready')] : []), ...behindParts(status, t)].join(' · '));
}

/** How far the memory is behind the disk, and what is being done about it. */
function behindParts({ repository }: Status, t: Translate): string[] {
  if (!repository) return [];
  const { behind, renewing } = repository.memory;
  return [
    ...(behind === 0 ? [] : [behind === 1 ? t('1 file changed') : t('{0} files changed', behind)]),
    ...(renewing ? [t('refreshing memory {0}%', percent(renewing.tokensRead, renewing.tokensTotal))] : []),
  ];
}
