/**
 * What the buttons of a code block do. Inserting and a new file are one step to undo; a change of a file goes through
 * the review; where it cannot be told which lines are meant, that is said and a comparison offered.
 */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { CodeAction, CodeBlock } from '../../protocol';
import { wholeLines } from '../edits/run/target';
import { existingInside } from '../util/openLink';
import { repositoryPath } from '../util/repositoryPath';
import type { Translate } from '../util/text';
import type { BlockDocuments } from './blockDocuments';
import { codeOf, editsIn, languageId, namedPath, newFileEdit, selectionEdit } from './codeBlock';

const editable = (document: vscode.TextDocument): boolean => ['file', 'untitled'].includes(document.uri.scheme);

export class CodeActions {
  constructor(
    private readonly documents: BlockDocuments,
    private readonly t: Translate,
  ) {}

  run(action: CodeAction, block: CodeBlock): Promise<unknown> {
    switch (action) {
      case 'insert':
        return this.#insert(block);
      case 'apply':
        return this.#apply(block);
      case 'newFile':
        return newFile(block);
      case 'compare':
        return this.#compare(block);
    }
  }

  /** At the cursor, in the place of what is selected, indented as the line is. */
  async #insert(block: CodeBlock): Promise<void> {
    const editor = activeEditor();
    if (!editor) {
      this.#tell(this.t('Open a file and put the cursor where the code should go.'));
      return;
    }
    await vscode.window.showTextDocument(editor.document, editor.viewColumn);
    const done = await editor.insertSnippet(new vscode.SnippetString().appendText(codeOf(block)));
    if (!done) this.#tell(this.t('The code could not be inserted: {0} is read-only.', repositoryPath(editor.document.uri)));
  }

  async #apply(block: CodeBlock): Promise<void> {
    const edits = editsIn(block) ?? (await this.#editOf(block));
    if (edits !== undefined) {
      await vscode.commands.executeCommand('bonsai.edit.apply', edits);
      return;
    }
    const compare = this.t('Compare');
    const chosen = await vscode.window.showInformationMessage(
      this.t('The code does not say which lines it replaces. Select these lines in the file and apply it again, or compare.'),
      compare,
    );
    if (chosen === compare) await this.#compare(block);
  }

  /** Code alone is a change of the selected lines, if the file that it names is not another one, or a file that is not there yet. */
  async #editOf(block: CodeBlock): Promise<string | undefined> {
    const path = namedPath(block);
    const editor = activeEditor();
    if (editor && !editor.selection.isEmpty) {
      const here = repositoryPath(editor.document.uri);
      if (path === undefined || path === here) {
        const { first, last } = wholeLines(editor.selection);
        const selected = editor.document.getText(editor.document.validateRange(new vscode.Range(first, 0, last, Number.MAX_SAFE_INTEGER)));
        return selectionEdit(here, { line: first + 1, selected }, block);
      }
    }
    return path !== undefined && (await existingInside(path)) === undefined ? newFileEdit(path, block) : undefined;
  }

  /** With what is selected, else with the file that is named, else with the one that is open. */
  async #compare(block: CodeBlock): Promise<void> {
    const path = namedPath(block);
    const there = path === undefined ? undefined : await existingInside(path);
    const editor = activeEditor();
    const named = there === undefined ? undefined : vscode.Uri.file(there);
    const here = editor?.document.uri;
    const file = named && named.toString() !== here?.toString() ? named : here;
    if (!file) {
      this.#tell(this.t('Open the file to compare the code with.'));
      return;
    }
    const selection = file === here && editor && !editor.selection.isEmpty ? editor.document.getText(editor.selection) : undefined;
    const left = selection === undefined ? file : this.documents.add(file, selection);
    const right = this.documents.add(file, selection === undefined ? block.text : codeOf(block));
    await vscode.commands.executeCommand('vscode.diff', left, right, this.t('{0} and the answer', basename(file.path)));
  }

  #tell(message: string): void {
    void vscode.window.showInformationMessage(message);
  }
}

async function newFile(block: CodeBlock): Promise<void> {
  const language = languageId(block, await vscode.languages.getLanguages());
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: block.text, language }));
}

/** The editor the person was in before they turned to the chat. */
function activeEditor(): vscode.TextEditor | undefined {
  const active = vscode.window.activeTextEditor;
  if (active) return editable(active.document) ? active : undefined;
  return vscode.window.visibleTextEditors.find(({ document }) => editable(document));
}
