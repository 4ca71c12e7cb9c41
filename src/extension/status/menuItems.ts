/** What a click on the status item offers; the likely thing first. */
import type { Status } from '../../protocol';
import type { GhostTextState } from '../ghostText/switch';
import { priceOf } from '../reading/price';
import type { ReadingView } from '../reading/readingController';
import { shortCount } from '../../protocol/numbers';
import type { Translate } from '../util/text';
import { isPaused } from './contextKeys';

export interface MenuItem {
  label: string;
  command: string;
  argument?: string;
}

/** What the menu looks at beside the sidecar's status. */
export interface MenuContext {
  /** Whether anything may be read from the workspace. */
  trusted: boolean;
  reading: ReadingView;
  hasSkipped: boolean;
  ghostText: GhostTextState;
}

export function menuItems(status: Status, { trusted, reading, hasSkipped, ghostText }: MenuContext, t: Translate): MenuItem[] {
  const item = (icon: string, words: string, command: string, argument?: string): MenuItem => ({
    label: `$(${icon}) ${words}`,
    command: `bonsai.${command}`,
    ...(argument === undefined ? {} : { argument }),
  });
  return [
    ...(trusted ? first(status, reading, item, t) : [item('shield', t('Manage workspace trust'), 'manageTrust')]),
    item('comment-discussion', t('Open chat'), 'openChat'),
    ...ghostTextItems(ghostText, item, t),
    item('layers', t('Show cache'), 'showCache'),
    ...(hasSkipped ? [item('list-unordered', t('Show skipped files'), 'showSkipped')] : []),
    ...(status.repository && reading.doing === 'nothing'
      ? [item('beaker', t('Measure memory fidelity'), 'measureFidelity'), item('refresh', t('Read everything again'), 'readAgain')]
      : []),
    item('package', t('Choose model'), 'chooseModel'),
    item('trash', t('Delete saved memory'), 'deleteSaved'),
    item('output', t('Show log'), 'showLog'),
    item('pulse', t('Doctor: check this machine'), 'doctor'),
    item('debug-restart', t('Restart the engine'), 'restart'),
    item('settings-gear', t('Settings'), 'openSettings'),
    item('report', t('Report a problem'), 'reportProblem'),
  ];
}

type Item = (icon: string, words: string, command: string, argument?: string) => MenuItem;

function ghostTextItems(ghostText: GhostTextState, item: Item, t: Translate): MenuItem[] {
  switch (ghostText.state) {
    case 'on':
      return [
        item('circle-slash', t('Turn ghost text off'), 'toggleGhostText'),
        item('bell-slash', t('Snooze ghost text…'), 'snoozeGhostText'),
      ];
    case 'snoozed':
      return [item('bell', t('Resume ghost text (snoozed, {0} minutes left)', ghostText.minutesLeft), 'snoozeGhostText')];
    case 'off':
      return [item('check', t('Turn ghost text on'), 'toggleGhostText')];
  }
}

function first(status: Status, reading: ReadingView, item: Item, t: Translate): MenuItem[] {
  if (reading.doing === 'planning') return [item('debug-stop', t('Stop counting'), 'pauseReading')];
  if (reading.doing === 'reading') return [item('debug-pause', t('Pause reading'), 'pauseReading')];
  const { offer } = reading;
  if (offer) {
    const count = shortCount(priceOf(offer.plan, offer.again).tokens);
    return [item('repo', t('Read now: {0} tokens', count), 'readRepository', 'now'), item('list-tree', t('Show plan'), 'openChat')];
  }
  if (isPaused(status, reading)) return [item('debug-continue', t('Resume reading'), 'resumeReading')];
  return [item('repo', t('Read repository'), 'readRepository')];
}
