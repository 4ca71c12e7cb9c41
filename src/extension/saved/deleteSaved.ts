/** Nothing is deleted unseen: what is saved is listed with its size, what was picked is confirmed, what was freed is said. */
import * as vscode from 'vscode';
import type { MemoryRequests } from '../engine/memoryRequests';
import type { Translate } from '../util/text';
import { chosen, deletionQuestion, freedLine, savedChoices } from './savedText';

export async function deleteSaved(requests: MemoryRequests, t: Translate): Promise<void> {
  const { folder, memories, archiveBytes } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: t('Bonsai') },
    () => requests.saved(),
  );
  if (memories.length === 0 && archiveBytes === 0) {
    void vscode.window.showInformationMessage(t('No memory is saved in {0}.', folder));
    return;
  }
  const picked = await vscode.window.showQuickPick(savedChoices(memories, archiveBytes, t), {
    canPickMany: true,
    title: t('Bonsai: Delete Saved Memory'),
    placeHolder: t('Choose what to delete'),
    matchOnDetail: true,
  });
  const doomed = chosen(memories, archiveBytes, picked ?? []);
  if (doomed.memories.length === 0 && doomed.archiveBytes === 0) return;
  const yes = t('Delete');
  const detail = t('A repository without a saved memory has to be read again after a restart.');
  if ((await vscode.window.showWarningMessage(deletionQuestion(doomed, t), { modal: true, detail }, yes)) !== yes) return;
  const ids = doomed.memories.map(({ id }) => id);
  const freed = await requests.deleteSaved({ ...(doomed.all ? {} : { ids }), archive: doomed.archiveBytes > 0 });
  void vscode.window.showInformationMessage(freedLine(freed, t));
}
