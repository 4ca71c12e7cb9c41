/** Actions above functions: none unless asked for; then those that are promised, and none above what is inside a function. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { eventually, workspaceFolder } from './bonsai';

describe('actions above functions', function () {
  this.timeout(120_000);
  const address = () => vscode.Uri.joinPath(workspaceFolder(), 'src/lenses.ts');
  const lenses = async () => {
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', address(), 50);
    return found.flatMap(({ range, command }) =>
      command?.command.startsWith('bonsai.') ? [`${range.start.line} ${command.command}`] : [],
    );
  };
  const enable = (value: boolean | undefined) =>
    vscode.workspace.getConfiguration('bonsai').update('codeLens.enabled', value, vscode.ConfigurationTarget.Global);

  before(async () => {
    const text = 'export function one() {\n  function inner() {}\n  return inner;\n}\n\nexport class Two {\n  three() {}\n}\n';
    await vscode.workspace.fs.writeFile(address(), Buffer.from(text));
    await vscode.window.showTextDocument(address());
  });
  after(async () => {
    await enable(undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.workspace.fs.delete(address());
  });

  it('are there when they are asked for, and only then', async () => {
    assert.deepEqual(await lenses(), []);
    await enable(true);
    const all = ['explain', 'edit', 'writeTests', 'writeDocs'];
    const wanted = [0, 5, 6].flatMap((line) => all.map((command) => `${line} bonsai.${command}`));
    await eventually('every function and class has its actions', async () => {
      const shown = await lenses();
      return shown.length === wanted.length && wanted.every((one) => shown.includes(one));
    });
    await enable(false);
    await eventually('they are gone', async () => (await lenses()).length === 0);
  });
});
