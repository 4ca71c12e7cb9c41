/** A new prompt file is a template that works as it is; a file that is there already is opened and not touched. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { resolveEditPath } from '../edits/blocks/editPath';
import type { Translate } from '../util/text';
import { promptFolder } from './promptFiles';

/** @param given the name, when another extension or a test runs the command */
export async function newPrompt(given: unknown, t: Translate): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    void vscode.window.showInformationMessage(t('This workspace is not trusted, so Bonsai uses no prompt files of it.'));
    return;
  }
  const folder = await workspaceFolder();
  if (!folder) {
    void vscode.window.showInformationMessage(t('Open a folder first: prompt files are kept in its {0}.', promptFolder));
    return;
  }
  const { parsePromptFile } = await import('./promptFile');
  const fault = (name: string) => {
    const parsed = parsePromptFile(`${name}.md`, template(t), [], t);
    return 'refused' in parsed ? parsed.refused : undefined;
  };
  const name =
    typeof given === 'string'
      ? given
      : await vscode.window.showInputBox({
          ...{ title: t('New prompt'), prompt: t('Name of the command, without the slash'), placeHolder: 'review', ignoreFocusOut: true },
          validateInput: (value) => (value === '' ? undefined : fault(value)),
        });
  if (!name) return;
  const wrong = fault(name);
  if (wrong !== undefined) throw new Error(wrong);
  const way = `${promptFolder}/${name}.md`;
  const found = await resolveEditPath(way, [{ path: folder.uri.fsPath }]);
  if ('refused' in found) throw new Error(t('{0} cannot be written: it leads out of the workspace or is not a regular file.', way));
  if (!found.exists) {
    await mkdir(dirname(found.path), { recursive: true });
    await writeFile(found.path, template(t), { flag: 'wx' });
  }
  await vscode.window.showTextDocument(vscode.Uri.file(found.path));
}

async function workspaceFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  return folders.length > 1 ? vscode.window.showWorkspaceFolderPick() : folders[0];
}

function template(t: Translate): string {
  return `---
description: ${t('What this prompt is for')}
# mentions: ['@file:docs/style.md']
---
${t('Review {0}. Name what could break, with path:line, and say how to fix it.', '{{selection}}')}

{{input}}
`;
}
