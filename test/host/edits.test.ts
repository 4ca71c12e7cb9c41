/**
 * Edits in the real editor: what a model proposed is reviewed beside the file, accepted in one step to undo, rejected
 * without a trace, and follows the file while it changes. Answers are handed over as text, since the demo model cannot edit.
 */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { bonsai, eventually, workspaceFolder } from './bonsai';

interface Outcome {
  offered: number;
  files: string[];
  refusals: { path: string; code: string }[];
}

const text = ['const one = 1;', 'const two = 2;', 'const three = 3;', 'const four = 4;', 'const five = 5;', 'const six = 6;', ''].join(
  '\n',
);
const block = (path: string, search: string, replace: string) =>
  `${path}\n\`\`\`ts\n<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n\`\`\`\n`;
const first = block('src/edit.ts', 'const one = 1;', 'const one = 1.5;\nconst more = 0;');
const last = block('src/edit.ts', 'const six = 6;', 'const six = 6.5;');
const edited = text.replace('const one = 1;', 'const one = 1.5;\nconst more = 0;').replace('const six = 6;', 'const six = 6.5;');

const address = (name: string) => vscode.Uri.joinPath(workspaceFolder(), name);
const onDisk = (name: string) => readFileSync(address(name).fsPath, 'utf8');
const apply = (answer: string) => vscode.commands.executeCommand<Outcome>('bonsai.edit.apply', answer);
const run = (command: string, argument?: unknown) => vscode.commands.executeCommand(`bonsai.edit.${command}`, argument);
const reviewTab = () => vscode.window.activeTextEditor?.document.uri.scheme === 'bonsai-edit';
const reviews = () =>
  vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputText && input.uri.scheme === 'bonsai-edit');

async function open(name: string, content = text): Promise<vscode.TextEditor> {
  await vscode.workspace.fs.writeFile(address(name), Buffer.from(content));
  return vscode.window.showTextDocument(address(name));
}

const reviewText = () => (reviewTab() ? vscode.window.activeTextEditor?.document.getText() : undefined);

describe('edits', function () {
  this.timeout(120_000);
  afterEach(async () => {
    await run('rejectAll');
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('are shown in a review, and the file stays as it is', async () => {
    const { document } = await open('src/edit.ts');
    const outcome = await apply(first + last);
    assert.deepEqual([outcome.offered, outcome.refusals], [2, []]);
    const lines = text.split('\n');
    const shown = [lines[0], 'const one = 1.5;', 'const more = 0;', ...lines.slice(1, 6), 'const six = 6.5;', ''].join('\n');
    await eventually('the review shows old and new lines', () => reviewText() === shown);
    assert.equal(vscode.window.activeTextEditor?.document.languageId, 'typescript');
    assert.equal(document.getText(), text);
    assert.equal(document.isDirty, false);
    const lenses = await eventually('every hunk has its actions', async () => {
      const uri = vscode.window.activeTextEditor?.document.uri;
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 20);
      return found.length > 0 ? found : undefined;
    });
    const commands = lenses.map(({ range, command }) => `${range.start.line} ${command?.command ?? ''}`);
    for (const expected of ['0 bonsai.edit.acceptHunk', '0 bonsai.edit.acceptAll', '7 bonsai.edit.acceptHunk', '7 bonsai.edit.rejectHunk'])
      assert.ok(commands.includes(expected), `${expected} is not among ${commands.join(', ')}`);
  });

  it('all accepted are one step to undo, and nothing is saved', async () => {
    const { document } = await open('src/edit.ts');
    await apply(first + last);
    await run('acceptAll');
    assert.equal(document.getText(), edited);
    assert.ok(document.isDirty);
    assert.equal(onDisk('src/edit.ts'), text);
    await eventually(
      'the review is gone and the file in front',
      () => reviews().length === 0 && vscode.window.activeTextEditor?.document === document,
    );
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), text);
    await vscode.commands.executeCommand('redo');
    assert.equal(document.getText(), edited);
  });

  it('keep the line ends of the file', async () => {
    const { document } = await open('src/crlf.ts', text.replaceAll('\n', '\r\n'));
    await apply((first + last).replaceAll('edit.ts', 'crlf.ts'));
    await run('acceptAll');
    assert.equal(document.getText(), edited.replaceAll('\n', '\r\n'));
  });

  it('are accepted and rejected one by one, where the cursor is', async () => {
    const { document } = await open('src/edit.ts');
    await apply(first + last);
    const line = () => vscode.window.activeTextEditor?.selection.active.line;
    await eventually('the review is there, at its first hunk', () => reviewTab() && reviewText()?.includes('six = 6.5') && line() === 0);
    // A review that is still being drawn puts the cursor at its first hunk once more.
    await eventually('the cursor is at the second hunk', async () => {
      if (line() !== 7) await run('nextHunk');
      await delay(200);
      return line() === 7;
    });
    await run('acceptHunk');
    assert.equal(document.getText(), text.replace('six = 6;', 'six = 6.5;'));
    await eventually('the cursor is at the hunk that is left', () => reviewTab() && !reviewText()?.includes('six = 6;') && line() === 0);
    await run('rejectHunk');
    assert.equal(document.getText(), text.replace('six = 6;', 'six = 6.5;'));
    await eventually('the review is gone', () => reviews().length === 0);
  });

  it('leave no trace when all are rejected', async () => {
    const { document } = await open('src/edit.ts');
    await apply(first + last);
    await run('rejectAll');
    assert.equal(document.getText(), text);
    assert.equal(document.isDirty, false);
    assert.equal(reviews().length, 0);
    await run('acceptAll');
    assert.equal(document.getText(), text);
  });

  it('follow what is typed above them, and are dropped when their own lines change', async () => {
    const editor = await open('src/edit.ts');
    await apply(first + last);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(editor.document.uri, new vscode.Position(3, 0), '// typed\n// meanwhile\n');
    await vscode.workspace.applyEdit(edit);
    await eventually('the review follows', () => vscode.window.activeTextEditor?.document.getText().includes('// meanwhile'));
    const own = new vscode.WorkspaceEdit();
    own.insert(editor.document.uri, new vscode.Position(0, 0), 'export ');
    await vscode.workspace.applyEdit(own);
    await run('acceptAll');
    const typed = `export ${text.replace('const four', '// typed\n// meanwhile\nconst four')}`;
    assert.equal(editor.document.getText(), typed.replace('six = 6;', 'six = 6.5;'));
  });

  it('are refused when the text is not there, and the file stays as it is', async () => {
    const { document } = await open('src/edit.ts');
    const outcome = await apply(
      block('src/edit.ts', 'const seven = 7;', 'x') + block('../outside.ts', 'a', 'b') + block('.git/config', 'a', 'b'),
    );
    assert.deepEqual(
      outcome.refusals.map(({ code }) => code),
      ['not-found', 'outside', 'git-folder'],
    );
    assert.equal(outcome.offered, 0);
    assert.equal(document.getText(), text);
    assert.equal(reviews().length, 0);
  });

  it('see what is not saved yet', async () => {
    const editor = await open('src/edit.ts');
    await editor.edit((builder) => builder.insert(new vscode.Position(0, 0), '// unsaved line\n'));
    const { offered } = await apply(block('src/edit.ts', '// unsaved line', '// changed line'));
    assert.equal(offered, 1);
    await run('acceptAll');
    assert.ok(editor.document.getText().startsWith('// changed line\nconst one'));
  });

  it('make a new file only when accepted', async () => {
    const name = `src/made-${process.pid}.ts`;
    const { offered } = await apply(block(name, '', 'export const made = true;').replace('SEARCH\n\n', 'SEARCH\n'));
    assert.equal(offered, 1);
    assert.throws(() => onDisk(name));
    await run('acceptAll');
    assert.equal(onDisk(name), 'export const made = true;\n');
    await vscode.workspace.fs.delete(address(name));
  });

  it('in two files are one workspace edit that is not made before it is confirmed', async () => {
    const { document } = await open('src/edit.ts');
    const { document: other } = await open('src/other.ts');
    await apply(first + last.replace('edit.ts', 'other.ts'));
    let answered = false;
    const accepting = Promise.resolve(run('acceptAll')).then(() => (answered = true));
    await eventually('the preview was shown and discarded', async () => {
      await vscode.commands.executeCommand('refactorPreview.discard');
      return answered;
    });
    await accepting;
    assert.deepEqual([document.getText(), other.getText()], [text, text]);
    await vscode.window.showTextDocument(document);
    await run('review');
    await eventually('both changes are still there', () => reviewText()?.includes('const more = 0;'));
    await run('acceptAll', { key: document.uri.toString() });
    assert.equal(document.getText(), text.replace('const one = 1;', 'const one = 1.5;\nconst more = 0;'));
    assert.equal(other.getText(), text);
    await eventually('the review of the other file is next', () => reviewText()?.includes('const six = 6.5;'));
  });

  it('can be offered for a problem from its lightbulb', async () => {
    const { document } = await open('src/edit.ts');
    const problems = vscode.languages.createDiagnosticCollection('edit-test');
    const range = new vscode.Range(1, 6, 1, 9);
    problems.set(document.uri, [new vscode.Diagnostic(range, "'two' is never used.", vscode.DiagnosticSeverity.Warning)]);
    try {
      const actions = await eventually('the action is offered', async () => {
        const found = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', document.uri, range);
        const ours = found.filter(({ command }) => command?.command === 'bonsai.fix');
        return ours.length > 0 ? ours : undefined;
      });
      assert.equal(actions.length, 1);
      assert.ok(actions[0]?.kind && vscode.CodeActionKind.QuickFix.contains(actions[0].kind));
      assert.equal(actions[0].title, 'Fix with Bonsai');
      const none = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        document.uri,
        new vscode.Range(4, 0, 4, 0),
      );
      assert.deepEqual(
        none.filter(({ command }) => command?.command === 'bonsai.fix'),
        [],
      );
    } finally {
      problems.dispose();
    }
  });

  it('can be stopped, and are not lost to a sidecar that is killed: the file stays, the next one works', async () => {
    const { document } = await open('src/edit.ts');
    const api = await bonsai();
    // Wherever it is then: starting, loading, answering, or done, for the demonstration model is brief.
    const ask = async (end: (pid: number) => unknown) => {
      const asked = vscode.commands.executeCommand<Outcome>('bonsai.edit', 'Write one function for every number.');
      await end(await eventually('the engine runs', () => api.sidecarPid()));
      const outcome = await asked;
      assert.equal(outcome.offered, 0);
      assert.equal(document.getText(), text);
      assert.equal(document.isDirty, false);
    };
    await ask((pid) => process.kill(pid, 'SIGKILL'));
    await vscode.window.showTextDocument(document);
    await ask(() => vscode.commands.executeCommand('bonsai.restart'));
    assert.equal((await apply(first)).offered, 1);
  });
});
