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

  /** Triggers until a suggestion can be accepted, and accepts it. @returns what it put into the document */
  async function accept(document: vscode.TextDocument): Promise<string> {
    const api = await bonsai();
    const before = document.getText();
    await eventually('the suggestion is in the buffer', async () => {
      await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
      await api.whenIdle();
      for (let tries = 0; tries < 10 && document.getText() === before; tries++) {
        await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
        await delay(100);
      }
      return document.getText() !== before;
    });
    return document.getText().slice(head.length, document.getText().length - tail.length);
  }

  it('offers code for a TypeScript file, and accepting it changes the buffer', async () => {
    const { document } = await open('src/add.ts', head + tail, head.length);
    const inserted = await accept(document);
    const text = document.getText();
    assert.ok(text.startsWith(head), 'what stood before the cursor was changed');
    assert.ok(text.endsWith(tail), 'what stood after the cursor was changed');
    assert.ok(inserted.trim().length > 0, 'only white space was inserted');
  });

  it('holds while its beginning is typed, word by word and letter by letter', async () => {
    const editor = await open('src/along.ts', head + tail, head.length);
    const { document } = editor;
    const whole = await accept(document);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), head + tail);
    const letter = whole.slice(0, 1);
    await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
    await delay(500);
    await vscode.commands.executeCommand('type', { text: letter });
    await vscode.commands.executeCommand('hideSuggestWidget');
    await eventually('a word of the rest is in the buffer', async () => {
      await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
      await delay(300);
      await vscode.commands.executeCommand('editor.action.inlineSuggest.acceptNextWord');
      return document.getText().length > (head + letter + tail).length;
    });
    assert.equal(letter + (await accept(document)).slice(1), whole);
  });

  it('is switched off for one language by the settings of that language', async () => {
    const settings = vscode.workspace.getConfiguration('bonsai', { languageId: 'typescript' });
    await settings.update('completions.enabled', false, vscode.ConfigurationTarget.Global, true);
    try {
      const { document } = await open('src/language.ts', head + tail, head.length);
      await vscode.commands.executeCommand('type', { text: 'r' });
      // As above, there is nothing to wait for but time.
      await delay(3000);
      await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
      assert.equal(document.getText(), `${head}r${tail}`);
    } finally {
      await settings.update('completions.enabled', undefined, vscode.ConfigurationTarget.Global, true);
    }
  });

  it('offers nothing in the settings of the workspace while typing', async () => {
    const text = '{\n  \n}\n';
    const { document } = await open('.vscode/settings.json', text, 4);
    await vscode.commands.executeCommand('type', { text: ' ' });
    await delay(3000);
    await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
    assert.equal(document.getText(), '{\n   \n}\n');
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
