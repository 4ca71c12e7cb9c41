/**
 * A path of the model leads to the live buffer, with everything in it that is not saved yet. The document that the
 * person was in is theirs to change even when it lies outside the workspace or was never saved; no other is.
 */
import * as vscode from 'vscode';
import { repositoryPath } from '../../util/repositoryPath';
import { resolveEditPath } from '../blocks/editPath';
import type { Files } from './editRun';
import { linesOf } from '../lineEdits';
import type { RefusalCode } from '../blocks/refusals';
import type { OpenedFile } from '../review/review';

export class LiveFiles implements Files {
  constructor(private readonly home?: vscode.TextDocument) {}

  async open(path: string): Promise<OpenedFile | { refused: RefusalCode }> {
    const { home } = this;
    if (home && path === repositoryPath(home.uri) && !vscode.workspace.getWorkspaceFolder(home.uri)) return openedFile(home);
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    const found = await resolveEditPath(
      path,
      folders.map(({ uri }) => ({ path: uri.fsPath })),
    );
    if ('refused' in found) return found;
    const uri = vscode.Uri.file(found.path);
    if (!found.exists) return { key: uri.toString(), path: repositoryPath(uri), lines: undefined };
    return vscode.workspace.openTextDocument(uri).then(openedFile, (): { refused: RefusalCode } => ({ refused: 'binary' }));
  }
}

export function openedFile(document: vscode.TextDocument): OpenedFile {
  return { key: document.uri.toString(), path: repositoryPath(document.uri), lines: linesOf(document.getText()) };
}
