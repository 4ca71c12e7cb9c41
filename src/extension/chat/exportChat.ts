/** An exported chat is opened as a page: the person reads it before deciding where it goes, and closes it without a question. */
import * as vscode from 'vscode';
import type { Pages } from '../util/pages';
import type { Translate } from '../util/text';
import { chatMarkdown } from './chatMarkdown';
import type { Session } from './session';

export async function exportChat(session: Session, pages: Pages, t: Translate): Promise<void> {
  if (session.messages.length === 0) {
    void vscode.window.showInformationMessage(t('Nothing was asked in this chat yet.'));
    return;
  }
  await pages.show(t('Bonsai Chat.md'), chatMarkdown(session, t));
}
