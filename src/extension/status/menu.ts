/** The menu of the status item, as the editor's own list. */
import * as vscode from 'vscode';
import type { MenuItem } from './menuItems';

export async function showMenu(items: MenuItem[], placeHolder: string): Promise<void> {
  const chosen = await vscode.window.showQuickPick(items, { placeHolder });
  if (chosen) await vscode.commands.executeCommand(chosen.command, ...(chosen.argument === undefined ? [] : [chosen.argument]));
}
