/**
 * Ghost text where it is hard to be right: documents that change, close or move while the engine answers, and documents
 * that are no code. The suggestion is asked for by hand, which overrides every matter of taste, and accepted as often as it
 * takes; whatever comes stands at the cursor, or nothing comes.
 */
import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { bonsai, eventually, workspaceFolder } from './bonsai';

const head = `import { join } from 'node:path';\n\nexport function nameOf(path: string): string {\n  const parts = path.`;
const tail = '\n}\n';
/** Where nothing is to happen there is nothing to wait for but time: several times the longest typing delay, milliseconds. */
const quiet = 3000;

describe('ghost text in odd documents', function () {
  this.timeout(180_000);
  let sidecar: number | undefined;
  /** What the plain document gets. */
  let usual = '';

  before('the model is loaded, and a plain document gets a suggestion', async () => {
    const editor = await open('src/odd/plain.ts', head + tail, head.length);
    await eventually('the suggestion is in the buffer', async () => (await accept(editor.document)) !== head + tail);
    usual = editor.document.getText().slice(head.length, -tail.length).trim();
    sidecar = (await bonsai()).sidecarPid();
    await closeAll();
  });
  afterEach(async () => {
    await closeAll();
    assert.equal((await bonsai()).sidecarPid(), sidecar, 'the sidecar died');
  });

  const closeAll = async () => {
    while (vscode.window.tabGroups.all.some(({ tabs }) => tabs.length > 0))
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  };
  const uriOf = (name: string) => vscode.Uri.joinPath(workspaceFolder(), name);

  async function open(name: string, text: string, cursor: number): Promise<vscode.TextEditor> {
    await vscode.workspace.fs.writeFile(uriOf(name), Buffer.from(text));
    return showAt(await vscode.workspace.openTextDocument(uriOf(name)), cursor);
  }

  async function showAt(document: vscode.TextDocument, cursor: number): Promise<vscode.TextEditor> {
    const editor = await vscode.window.showTextDocument(document);
    const position = document.positionAt(cursor);
    editor.selection = new vscode.Selection(position, position);
    return editor;
  }

  /** Resolves once the editor has been told to ask, not when there is an answer. */
  const ask = () => vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');

  /** Accepts what is shown, if anything comes. @returns the text then */
  async function commit(document: vscode.TextDocument): Promise<string> {
    const before = document.getText();
    await (await bonsai()).whenIdle();
    for (let tries = 0; tries < 10 && document.getText() === before; tries++) {
      await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
      await delay(100);
    }
    return document.getText();
  }

  async function accept(document: vscode.TextDocument): Promise<string> {
    await ask();
    return commit(document);
  }

  /** The text is as it was, or has something more at the cursor. */
  function assertAtCursor(text: string, before: string, after: string): void {
    assert.ok(text.startsWith(before), `what stood before the cursor was changed: ${JSON.stringify(text)}`);
    assert.ok(text.slice(before.length).endsWith(after), `what stood behind the cursor was changed: ${JSON.stringify(text)}`);
  }

  it('a document that changes while the engine answers keeps every change', async () => {
    const editor = await open('src/odd/changed.ts', head + tail, head.length);
    const { document } = editor;
    const added = '// one line more\n// and another\n';
    await ask();
    await editor.edit((edit) => {
      edit.insert(new vscode.Position(0, 0), added);
      edit.insert(document.lineAt(document.lineCount - 1).range.end, '// the end\n');
    });
    assertAtCursor(await commit(document), added + head, `${tail}// the end\n`);
  });

  it('a document that becomes quite another one gets nothing that was meant for the old one', async () => {
    const editor = await open('src/odd/replaced.ts', head + tail, head.length);
    const { document } = editor;
    const other = 'The quick brown fox.\n';
    await ask();
    const all = new vscode.Range(new vscode.Position(0, 0), document.lineAt(document.lineCount - 1).range.end);
    await editor.edit((edit) => edit.replace(all, other));
    // The editor asks again by itself, so there may be something for the new text.
    const text = await commit(document);
    assertAtCursor(text, other, '');
    assert.ok(usual.length > 0 && !text.includes(usual), `this was meant for the old text: ${JSON.stringify(text)}`);
  });

  it('a document that is closed while the engine answers leaves the next one alone', async () => {
    await open('src/odd/closed.ts', head + tail, head.length);
    await ask();
    await closeAll();
    const { document } = await open('src/odd/next.ts', `${head}${head}${tail}`, 0);
    assert.equal(await commit(document), `${head}${head}${tail}`);
    assert.equal(Buffer.from(await vscode.workspace.fs.readFile(uriOf('src/odd/closed.ts'))).toString(), head + tail);
  });

  it('a document that is renamed while the engine answers is right under its new name, and under it gets suggestions', async () => {
    await open('src/odd/before.ts', head + tail, head.length);
    await ask();
    const rename = new vscode.WorkspaceEdit();
    rename.renameFile(uriOf('src/odd/before.ts'), uriOf('src/odd/after.ts'), { overwrite: true });
    assert.ok(await vscode.workspace.applyEdit(rename));
    const { document } = await showAt(await vscode.workspace.openTextDocument(uriOf('src/odd/after.ts')), head.length);
    const text = await commit(document);
    assertAtCursor(text, head, tail);
    if (text === head + tail) await eventually('the suggestion is in the buffer', async () => (await accept(document)) !== head + tail);
    assertAtCursor(document.getText(), head, tail);
  });

  it('a document of more than 10 MB gets nothing', async () => {
    const line = `const value = ['a', 'b', 'c'].join('-');\n`;
    const filler = line.repeat(Math.ceil(10_100_000 / line.length));
    const { document } = await open('src/odd/huge.ts', `${filler}${head}${tail}`, filler.length + head.length);
    assert.equal((await accept(document)).length, filler.length + head.length + tail.length);
  });

  it('a cell of a notebook gets nothing', async () => {
    const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, head + tail, 'typescript');
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', new vscode.NotebookData([cell]));
    await vscode.window.showNotebookDocument(notebook, { selections: [new vscode.NotebookRange(0, 1)] });
    await vscode.commands.executeCommand('notebook.cell.edit');
    const { document } = notebook.cellAt(0);
    const editor = await eventually('the cell is edited', () =>
      vscode.window.visibleTextEditors.find((each) => each.document.uri.toString() === document.uri.toString()),
    );
    const position = document.positionAt(head.length);
    editor.selection = new vscode.Selection(position, position);
    assert.equal(await accept(document), head + tail);
  });

  it('a side of a comparison gets nothing while typing, and by hand what stands at the cursor', async () => {
    const [left, right] = [uriOf('src/odd/left.ts'), uriOf('src/odd/right.ts')];
    for (const side of [left, right]) await vscode.workspace.fs.writeFile(side, Buffer.from(head + tail));
    await vscode.commands.executeCommand('vscode.diff', left, right);
    const editor = await eventually('the right side is edited', () => {
      const { activeTextEditor } = vscode.window;
      return activeTextEditor?.document.uri.toString() === right.toString() ? activeTextEditor : undefined;
    });
    const { document } = editor;
    const position = document.positionAt(head.length);
    editor.selection = new vscode.Selection(position, position);
    await vscode.commands.executeCommand('type', { text: ' ' });
    await delay(quiet);
    assert.equal(await commit(document), `${head} ${tail}`);
    assertAtCursor(await accept(document), `${head} `, tail);
    assert.equal(Buffer.from(await vscode.workspace.fs.readFile(left)).toString(), head + tail);
  });

  it("the editor's own settings get nothing while typing, and by hand what stands at the cursor", async () => {
    await vscode.commands.executeCommand('workbench.action.openSettingsJson');
    const editor = await eventually('the settings are open', () => {
      const { activeTextEditor } = vscode.window;
      return activeTextEditor?.document.fileName.endsWith('settings.json') ? activeTextEditor : undefined;
    });
    const { document } = editor;
    const before = document.getText();
    const end = before.lastIndexOf('}');
    const position = document.positionAt(end);
    editor.selection = new vscode.Selection(position, position);
    await vscode.commands.executeCommand('type', { text: ' ' });
    await delay(quiet);
    const typed = `${before.slice(0, end)} ${before.slice(end)}`;
    assert.equal(await commit(document), typed);
    assertAtCursor(await accept(document), `${before.slice(0, end)} `, before.slice(end));
  });
});
