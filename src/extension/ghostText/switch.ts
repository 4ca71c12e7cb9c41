/** Ghost text is turned off and on, and put off for a while, from the status menu and the palette. */
import * as vscode from 'vscode';
import type { Contributions } from '../contributions';
import { completionSettings, writeSetting } from '../settings';
import type { Translate } from '../util/text';
import type { Snooze } from './snooze';

/** Minutes that are offered. */
const spans = [5, 15, 30, 60, 120];

export type GhostTextState = { state: 'on' | 'off' } | { state: 'snoozed'; minutesLeft: number };

/** For no language in particular. */
export function ghostTextState(snooze: Snooze): GhostTextState {
  if (!completionSettings(undefined).enabled) return { state: 'off' };
  const { minutesLeft } = snooze;
  return minutesLeft > 0 ? { state: 'snoozed', minutesLeft } : { state: 'on' };
}

export function addGhostTextSwitch(parts: Contributions, snooze: Snooze, t: Translate): void {
  parts.command('bonsai.toggleGhostText', async () => {
    snooze.start(0);
    const enabled = completionSettings(undefined).enabled;
    await writeSetting('completions.enabled', !enabled);
    vscode.window.setStatusBarMessage(enabled ? t('Ghost text is off.') : t('Ghost text is on.'), 4000);
  });
  parts.command('bonsai.snoozeGhostText', async (argument) => {
    if (snooze.minutesLeft > 0 && argument === undefined) {
      snooze.start(0);
      vscode.window.setStatusBarMessage(t('Ghost text is on.'), 4000);
      return;
    }
    const minutes = typeof argument === 'number' ? argument : await chosenMinutes(t);
    if (minutes === undefined) return;
    snooze.start(minutes);
    vscode.window.setStatusBarMessage(t('No ghost text for {0} minutes.', minutes), 4000);
  });
}

async function chosenMinutes(t: Translate): Promise<number | undefined> {
  const items = spans.map((minutes) => ({ label: t('{0} minutes', minutes), minutes }));
  const title = t('Snooze ghost text');
  return (await vscode.window.showQuickPick(items, { title, placeHolder: t('You can still trigger a suggestion yourself.') }))?.minutes;
}
