/** An error is shown with its way out: another model when the model is the cause, else the log. */
import * as vscode from 'vscode';
import type { SidecarError } from '../engine/sidecarError';
import type { Translate } from '../util/text';

export async function showFailure({ code, message }: SidecarError, t: Translate): Promise<void> {
  const choose = t('Choose model');
  const log = t('Show log');
  const modelIsCause = code.startsWith('model-') || code === 'no-model' || code === 'out-of-memory';
  const chosen = await vscode.window.showErrorMessage(message, ...(modelIsCause ? [choose, log] : [log]));
  if (chosen === choose) await vscode.commands.executeCommand('bonsai.chooseModel');
  if (chosen === log) await vscode.commands.executeCommand('bonsai.showLog');
}
