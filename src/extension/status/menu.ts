/** Policy: what a click on the status item offers; the likely thing first. */
import * as vscode from 'vscode';
import type { SidecarClient } from '../engine/sidecarClient';

export async function showMenu(client: SidecarClient, hasSkipped: boolean): Promise<void> {
  const { l10n } = vscode;
  const reading = client.status.state === 'reading';
  const items = [
    reading
      ? { label: `$(debug-stop) ${l10n.t('Stop reading')}`, command: 'bonsai.stopReading' }
      : { label: `$(repo) ${l10n.t('Read repository')}`, command: 'bonsai.readRepository' },
    { label: `$(comment-discussion) ${l10n.t('Open chat')}`, command: 'bonsai.openChat' },
    { label: `$(layers) ${l10n.t('Show cache')}`, command: 'bonsai.showCache' },
    ...(hasSkipped ? [{ label: `$(list-unordered) ${l10n.t('Show skipped files')}`, command: 'bonsai.showSkipped' }] : []),
    { label: `$(package) ${l10n.t('Choose model')}`, command: 'bonsai.chooseModel' },
    { label: `$(output) ${l10n.t('Show log')}`, command: 'bonsai.showLog' },
    { label: `$(pulse) ${l10n.t('Doctor: check this machine')}`, command: 'bonsai.doctor' },
    { label: `$(debug-restart) ${l10n.t('Restart the engine')}`, command: 'bonsai.restart' },
  ];
  const placeHolder = client.status.message ?? l10n.t('Bonsai');
  const chosen = await vscode.window.showQuickPick(items, { placeHolder });
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}
