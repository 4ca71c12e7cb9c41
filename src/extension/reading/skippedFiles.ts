/** Policy: every file that was left out is named with its reason, in a document that can be searched and copied. */
import * as vscode from 'vscode';
import type { Translate } from '../util/text';
import type { ReadingController } from './readingController';

export async function showSkipped({ skipped }: ReadingController, t: Translate): Promise<void> {
  if (!skipped) {
    void vscode.window.showInformationMessage(t('No repository has been read yet.'));
    return;
  }
  const lines = skipped.files.map(({ path, reason }) => `${path}\t${reason}`);
  const content = [t('{0}: {1} files are left out', skipped.name, skipped.files.length), '', ...lines, ''].join('\n');
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: 'plaintext' }));
}
