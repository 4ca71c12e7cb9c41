/** Policy: an exported chat is opened as an unsaved document: the person reads it before deciding where it goes. */
import * as vscode from 'vscode';
import type { Translate } from '../util/text';
import { chatMarkdown } from './chatMarkdown';
import type { Session } from './session';

export async function exportChat(session: Session, t: Translate): Promise<void> {
  if (session.messages.length === 0) {
    void vscode.window.showInformationMessage(t('Nothing was asked in this chat yet.'));
    return;
  }
  const document = await vscode.workspace.openTextDocument({ content: chatMarkdown(session, t), language: 'markdown' });
  await vscode.window.showTextDocument(document);
}
