/** A document is named as the repository memory names it: relative to its folder, with the folder's name when there are several. */
import { basename } from 'node:path';
import * as vscode from 'vscode';

export function repositoryPath(uri: vscode.Uri): string {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  if (!folder) return basename(uri.path);
  const path = vscode.workspace.asRelativePath(uri, false).replaceAll('\\', '/');
  const several = (vscode.workspace.workspaceFolders ?? []).length > 1;
  return several ? `${basename(folder.uri.fsPath)}/${path}` : path;
}
