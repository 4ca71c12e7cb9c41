/** Opens what {@link parseLink} allows; a file only after its real path proved to lie in the workspace. */
import { realpath } from 'node:fs/promises';
import * as vscode from 'vscode';
import { candidatesInside, isInside, parseLink } from './links';

/** @returns whether something was opened; otherwise the person has been told why not */
export async function openLink(href: string): Promise<boolean> {
  const target = parseLink(href);
  if (target.kind === 'web') return vscode.env.openExternal(vscode.Uri.parse(target.url, true));
  if (target.kind === 'file') {
    const path = await existingInside(target.path);
    if (path !== undefined) {
      const selection =
        target.line === undefined ? {} : { selection: new vscode.Range(target.line - 1, 0, (target.endLine ?? target.line) - 1, 0) };
      await vscode.window.showTextDocument(vscode.Uri.file(path), { preview: true, ...selection });
      return true;
    }
  }
  void vscode.window.showWarningMessage(
    vscode.l10n.t('"{0}" is not a web address or a file of this workspace, so it was not opened.', href.slice(0, 200)),
  );
  return false;
}

export async function existingInside(path: string): Promise<string | undefined> {
  const folders = (vscode.workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === 'file')
    .map((folder) => ({ name: folder.name, path: folder.uri.fsPath }));
  for (const candidate of candidatesInside(path, folders)) {
    try {
      const real = await realpath(candidate);
      for (const folder of folders) if (isInside(real, await realpath(folder.path))) return candidate;
    } catch {
      // Not there: the next folder may have it.
    }
  }
  return undefined;
}
