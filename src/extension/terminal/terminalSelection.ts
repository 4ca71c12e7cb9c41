/** The editor tells nobody what is selected in a terminal but the clipboard, which gets back what it held. */
import * as vscode from 'vscode';

/** @returns '' when nothing is selected */
export async function terminalSelection(): Promise<string> {
  const { clipboard } = vscode.env;
  const before = await clipboard.readText();
  try {
    await clipboard.writeText('');
    await vscode.commands.executeCommand('workbench.action.terminal.copySelection');
    return await clipboard.readText();
  } finally {
    await clipboard.writeText(before);
  }
}
