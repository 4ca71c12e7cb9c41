/**
 * Ghost text through the real editor. Stable VS Code has no command that asks inline completion providers directly, so
 * the suggestion is triggered and committed, and the buffer is what counts.
 */
import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { bonsai, eventually, workspaceFolder } from './bonsai';

const head = `import { join } from 'node:path';\n\nexport function nameOf(path: string): string {\n  const parts = path.`;
const tail = '\n}\n';

describe('ghost text', function () {
  this.timeout(180_000);
  afterEach(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  async function open(name: string, text: string, cursor: number): Promise<vscode.TextEditor> {
    const file = vscode.Uri.joinPath(workspaceFolder(), name);
    await vscode.workspace.fs.writeFile(file, Buffer.from(text));
    const editor = await vscode.window.showTextDocument(file);
    const position = editor.document.positionAt(cursor);
    editor.selection = new vscode.Selection(position, position);
    return editor;
  }

  it('offers code for a TypeScript file, and accepting it changes the buffer', async () => {
    const { document } = await open('src/add.ts', head + tail, head.length);
    const api = await bonsai();
    await eventually('the suggestion is in the buffer', async () => {
      await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
      await api.whenIdle();
      // The editor shows what the provider returned a moment later; committing nothing does nothing.
      for (let tries = 0; tries < 10 && document.getText() === head + tail; tries++) {
        await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
        await delay(100);
      }
      return document.getText() !== head + tail;
    });
    const text = document.getText();
    assert.ok(text.startsWith(head), 'what stood before the cursor was changed');
    assert.ok(text.endsWith(tail), 'what stood after the cursor was changed');
    assert.ok(text.slice(head.length, -tail.length).trim().length > 0, 'only white space was inserted');
  });

  it('offers nothing while typing when completions are switched off', async () => {
    const settings = vscode.workspace.getConfiguration('bonsai');
    await settings.update('completions.enabled', false, vscode.ConfigurationTarget.Global);
    try {
      const { document } = await open('src/quiet.ts', head + tail, head.length);
      await vscode.commands.executeCommand('type', { text: 'r' });
      // Nothing is to happen, so there is nothing to wait for but time: several times the longest typing delay.
      await delay(3000);
      await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
      assert.equal(document.getText(), `${head}r${tail}`);
    } finally {
      await settings.update('completions.enabled', undefined, vscode.ConfigurationTarget.Global);
    }
  });
});
