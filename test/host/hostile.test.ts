/**
 * What a model writes when it has gone wrong, handed to the editor as an answer: no file of the workspace changes by it,
 * nothing is offered that should not be, and the window goes on working.
 */
import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { hostileOutputs, sandbox } from '../unit/extension/edits/hostileOutputs';
import { bonsai, eventually, workspaceFolder } from './bonsai';

interface Outcome {
  offered: number;
  refusals: { path: string; code: string }[];
}

const address = (path: string) => vscode.Uri.joinPath(workspaceFolder(), path);
const apply = (answer: string) => vscode.commands.executeCommand<Outcome>('bonsai.edit.apply', answer);
/** Files of Git itself are the repository's own here. */
const put = Object.entries(sandbox).filter(([path]) => !path.startsWith('.git/'));

/** Every file with its text, Git's own only by name and size: the editor asks Git for its status meanwhile. */
function onDisk(): Map<string, string> {
  const root = workspaceFolder().fsPath;
  return new Map(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\/\.git\/(?:index|FETCH_HEAD|.*\.lock)/.test(join(entry.parentPath, entry.name)))
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path, path.includes('/.git/') ? String(statSync(path).size) : readFileSync(path, 'latin1')];
      }),
  );
}

describe('hostile outputs', function () {
  this.timeout(300_000);
  let untouched: Map<string, string>;
  let open: vscode.TextDocument;

  before(async () => {
    for (const [path, text] of put) await vscode.workspace.fs.writeFile(address(path), Buffer.from(text));
    open = await vscode.workspace.openTextDocument(address('src/a.ts'));
    untouched = onDisk();
  });
  after(async () => {
    await vscode.commands.executeCommand('bonsai.edit.rejectAll');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('notifications.clearAll');
    for (const [path] of put) await vscode.workspace.fs.delete(address(path));
  });

  it(`${hostileOutputs.length} of them change no file, and offer what they should`, async () => {
    for (const { name, output, offered } of hostileOutputs) {
      await vscode.window.showTextDocument(open);
      const outcome = await apply(output);
      assert.equal(outcome.offered, offered, name);
      assert.equal(open.isDirty, false, name);
      await vscode.commands.executeCommand('bonsai.edit.rejectAll');
    }
    assert.deepEqual(onDisk(), untouched);
  });

  it('leave a window that works', async () => {
    await vscode.commands.executeCommand('notifications.clearAll');
    await vscode.window.showTextDocument(open);
    const good = 'src/a.ts\n<<<<<<< SEARCH\nexport const one = 1;\n=======\nexport const one = 2;\n>>>>>>> REPLACE\n';
    assert.deepEqual(await apply(good).then(({ offered, refusals }) => [offered, refusals]), [1, []]);
    await vscode.commands.executeCommand('bonsai.edit.acceptAll');
    assert.match(open.getText(), /^export const one = 2;/);
    await vscode.commands.executeCommand('undo');
    await eventually('the file is as it was', () => open.getText() === sandbox['src/a.ts']);
    await vscode.commands.executeCommand('workbench.action.files.save');
    assert.equal(typeof (await bonsai()).status().state, 'string');
  });
});
