/** Policy: what a click on the status item offers; the likely thing first. */
import type { Status } from '../../protocol';
import { priceOf } from '../reading/price';
import type { ReadingView } from '../reading/readingController';
import { shortCount } from '../util/numbers';
import type { Translate } from '../util/text';
import { isPaused } from './contextKeys';

export interface MenuItem {
  label: string;
  command: string;
  argument?: string;
}

export function menuItems(status: Status, reading: ReadingView, hasSkipped: boolean, t: Translate): MenuItem[] {
  const item = (icon: string, words: string, command: string, argument?: string): MenuItem => ({
    label: `$(${icon}) ${words}`,
    command: `bonsai.${command}`,
    ...(argument === undefined ? {} : { argument }),
  });
  return [
    ...first(status, reading, item, t),
    item('comment-discussion', t('Open chat'), 'openChat'),
    item('layers', t('Show cache'), 'showCache'),
    ...(hasSkipped ? [item('list-unordered', t('Show skipped files'), 'showSkipped')] : []),
    ...(status.repository && reading.doing === 'nothing'
      ? [
          item('beaker', t('Measure how well the memory recalls'), 'measureFidelity'),
          item('refresh', t('Read everything again'), 'readAgain'),
        ]
      : []),
    item('package', t('Choose model'), 'chooseModel'),
    item('trash', t('Delete saved memory'), 'deleteSaved'),
    item('output', t('Show log'), 'showLog'),
    item('pulse', t('Doctor: check this machine'), 'doctor'),
    item('debug-restart', t('Restart the engine'), 'restart'),
  ];
}

function first(
  status: Status,
  reading: ReadingView,
  item: (icon: string, words: string, command: string, argument?: string) => MenuItem,
  t: Translate,
): MenuItem[] {
  if (reading.doing === 'reading') return [item('debug-pause', t('Pause reading'), 'pauseReading')];
  const { offer } = reading;
  if (offer) {
    const count = shortCount(priceOf(offer.plan, offer.again).tokens);
    return [item('repo', t('Read now: {0} tokens', count), 'readRepository', 'now'), item('list-tree', t('Show plan'), 'openChat')];
  }
  if (isPaused(status, reading)) return [item('debug-continue', t('Resume reading'), 'resumeReading')];
  return [item('repo', t('Read repository'), 'readRepository')];
}
