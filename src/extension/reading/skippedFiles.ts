/** Every file that was left out is named with its reason, in a document that can be searched and copied. */
import * as vscode from 'vscode';
import { exactCount } from '../../protocol/numbers';
import type { Translate } from '../util/text';
import type { Pages } from '../util/pages';
import type { ReadingController } from './readingController';

export async function showSkipped({ skipped }: ReadingController, pages: Pages, t: Translate): Promise<void> {
  if (!skipped) {
    void vscode.window.showInformationMessage(t('No repository has been read yet.'));
    return;
  }
  if (skipped.files.length === 0) {
    void vscode.window.showInformationMessage(t('No files of {0} are left out.', skipped.name));
    return;
  }
  const lines = skipped.files.map(({ path, reason }) => `${path}\t${reason}`);
  const content = [t('{0}: files left out: {1}', skipped.name, exactCount(skipped.files.length)), '', ...lines, ''].join('\n');
  await pages.show(t('Bonsai Skipped Files.txt'), content);
}
