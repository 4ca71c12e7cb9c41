/** Policy: nothing is deleted unseen: what is saved is listed with its size, what was picked is confirmed, what was freed is said. */
import * as vscode from 'vscode';
import type { MemoryRequests } from '../engine/memoryRequests';
import type { Translate } from '../util/text';
import { chosen, deletionQuestion, freedLine, savedChoices } from './savedText';

export async function deleteSaved(requests: MemoryRequests, t: Translate): Promise<void> {
  const { folder, memories } = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: t('Bonsai') }, () =>
    requests.saved(),
  );
  if (memories.length === 0) {
    void vscode.window.showInformationMessage(t('No memory is saved in {0}.', folder));
    return;
  }
  const picked = await vscode.window.showQuickPick(savedChoices(memories, t), {
    canPickMany: true,
    title: t('Bonsai: Delete Saved Memory'),
    placeHolder: t('Choose what to delete'),
    matchOnDetail: true,
  });
  const doomed = chosen(memories, picked ?? []);
  if (doomed.length === 0) return;
  const yes = t('Delete');
  const detail = t('A repository whose saved memory is gone has to be read again after a restart.');
  if ((await vscode.window.showWarningMessage(deletionQuestion(doomed, t), { modal: true, detail }, yes)) !== yes) return;
  const all = picked?.some(({ id }) => id === undefined);
  const freed = await requests.deleteSaved(all ? undefined : doomed.map(({ id }) => id));
  void vscode.window.showInformationMessage(freedLine(freed, t));
}
