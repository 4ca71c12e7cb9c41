/**
 * What the editor knows of a file's functions: actions above them when they are asked for, and the one around the cursor as
 * what a command is about. The symbols are the test's own, so that no language server has to start.
 */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { eventually, workspaceFolder } from './bonsai';

const text =
  'function one() {\n  function inner() {}\n  return inner;\n}\n\nclass Two {\n  three() {\n    call();\n  }\n}\nconst four = 4;\n';
const whole = (first: number, last: number) => new vscode.Range(first, 0, last, 80);
const symbol = (name: string, kind: vscode.SymbolKind, first: number, last: number, children: vscode.DocumentSymbol[] = []) =>
  Object.assign(new vscode.DocumentSymbol(name, '', kind, whole(first, last), new vscode.Range(first, 2, first, 5)), { children });

describe('functions of a file', function () {
  this.timeout(120_000);
  let provider: vscode.Disposable;
  const address = () => vscode.Uri.joinPath(workspaceFolder(), 'src/lenses.txt');
  const lenses = async () => {
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', address(), 50);
    return found.flatMap(({ range, command }) =>
      command?.command.startsWith('bonsai.') ? [`${range.start.line} ${command.command}`] : [],
    );
  };
  const enable = (value: boolean | undefined) =>
    vscode.workspace.getConfiguration('bonsai').update('codeLens.enabled', value, vscode.ConfigurationTarget.Global);

  before(async () => {
    const { Function, Class, Method, Constant } = vscode.SymbolKind;
    provider = vscode.languages.registerDocumentSymbolProvider(
      { pattern: '**/lenses.txt' },
      {
        provideDocumentSymbols: () => [
          symbol('one', Function, 0, 3, [symbol('inner', Function, 1, 1)]),
          symbol('Two', Class, 5, 9, [symbol('three', Method, 6, 8)]),
          symbol('four', Constant, 10, 10),
        ],
      },
    );
    await vscode.workspace.fs.writeFile(address(), Buffer.from(text));
    await vscode.window.showTextDocument(address());
  });
  after(async () => {
    provider.dispose();
    await enable(undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.workspace.fs.delete(address());
  });

  it('have actions above them when they are asked for, and only then', async () => {
    assert.deepEqual(await lenses(), []);
    await enable(true);
    const wanted = [0, 5, 6].flatMap((line) =>
      ['explain', 'edit', 'writeTests', 'writeDocs'].map((command) => `${line} bonsai.${command}`),
    );
    await eventually('the actions are there', async () => (await lenses()).length > 0);
    assert.deepEqual((await lenses()).toSorted(), wanted.toSorted());
    await enable(false);
    await eventually('they are gone', async () => (await lenses()).length === 0);
  });

  it('are what a command is about when nothing is selected: the smallest around the cursor', async () => {
    const editor = await vscode.window.showTextDocument(address());
    editor.selection = new vscode.Selection(7, 4, 7, 4);
    await vscode.commands.executeCommand('bonsai.explain');
    assert.deepEqual([editor.selection.start.line, editor.selection.end.line], [6, 8]);
  });
});
