/** Files and folders of the explorer, or what the active editor shows, become mentions in the field of the chat. */
import * as vscode from 'vscode';
import { formatMention, type Mention } from '../../protocol/mentions';
import { repositoryPath } from '../util/repositoryPath';
import type { Translate } from '../util/text';
import type { ChatView } from './chatView';

/** @param clicked the resource that a menu was opened on @param selected all that are selected there */
export async function addToChat(view: ChatView, clicked: unknown, selected: unknown, t: Translate): Promise<void> {
  const resources = (Array.isArray(selected) ? selected : [clicked]).filter((one) => one instanceof vscode.Uri);
  const mentions = resources.length > 0 ? await Promise.all(resources.map(mentionOf)) : [ofEditor()];
  const text = mentions.flatMap((mention) => (mention ? [formatMention(mention)] : [])).join(' ');
  if (text === '') {
    void vscode.window.showInformationMessage(t('Only files and folders of this workspace can be added to the chat.'));
    return;
  }
  await view.insert(text);
}

async function mentionOf(uri: vscode.Uri): Promise<Mention | undefined> {
  if (!vscode.workspace.getWorkspaceFolder(uri)) return undefined;
  const path = repositoryPath(uri);
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.toString() === uri.toString() && !editor.selection.isEmpty) return { kind: 'selection' };
  const info = await vscode.workspace.fs.stat(uri).then(
    ({ type }) => type,
    () => vscode.FileType.Unknown,
  );
  if (info & vscode.FileType.Directory) return { kind: 'folder', path };
  return info & vscode.FileType.File ? { kind: 'file', path } : undefined;
}

function ofEditor(): Mention | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor || !vscode.workspace.getWorkspaceFolder(editor.document.uri)) return undefined;
  return editor.selection.isEmpty ? { kind: 'file', path: repositoryPath(editor.document.uri) } : { kind: 'selection' };
}
