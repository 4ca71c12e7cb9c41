/** The question is typed where the eyes are; the answer appears in the chat, with the selection beside the question. */
import * as vscode from 'vscode';
import type { Answer } from '../../protocol';
import type { AskedQuestion, ChatController } from '../chat/chatController';
import type { ChatView } from '../chat/chatView';
import type { Selection } from '../chat/conversation';
import { placeOf } from '../../protocol/place';
import { repositoryPath } from '../util/repositoryPath';

/**
 * @param given a question, when another part of Bonsai, another extension or a test asks; perhaps with other words for the
 * model than the person is shown. The menu passes something else
 * @param about what the question is about, where that is no selection of an editor
 */
export async function askAboutSelection(
  controller: ChatController,
  view: ChatView,
  given: unknown,
  about?: Selection,
): Promise<Answer | undefined> {
  const { t } = vscode.l10n;
  const selection = about ?? currentSelection();
  if (!selection) {
    void vscode.window.showInformationMessage(t('Select some text in an editor first.'));
    return undefined;
  }
  const question =
    givenQuestion(given) ??
    (await vscode.window.showInputBox({
      prompt: t('Ask about {0}', placeOf(selection)),
      placeHolder: t('What does this do?'),
      ignoreFocusOut: true,
    }));
  if (question === undefined || (typeof question === 'string' && !question.trim())) return undefined;
  await view.reveal();
  return controller.ask(question, selection);
}

function givenQuestion(given: unknown): AskedQuestion | undefined {
  if (typeof given === 'string') return given;
  const two = typeof given === 'object' && given !== null && 'text' in given && 'prompt' in given;
  return two && typeof given.text === 'string' && typeof given.prompt === 'string' ? { text: given.text, prompt: given.prompt } : undefined;
}

export function currentSelection(): Selection | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor || editor.selection.isEmpty) return undefined;
  const { document, selection } = editor;
  // A selection that ends at the start of a line does not mean that line.
  const endsBefore = selection.end.character === 0 && selection.end.line > selection.start.line;
  return {
    path: repositoryPath(document.uri),
    startLine: selection.start.line + 1,
    endLine: selection.end.line + (endsBefore ? 0 : 1),
    text: document.getText(selection),
  };
}
