/** The repository memory in the real editor: paused and resumed, told of changes, restored instead of read. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { ReadSummary } from '../../src/protocol';
import { bonsai, eventually, readRepository, workspaceFolder } from './bonsai';

const run = <T>(command: string): Promise<T> => Promise.resolve(vscode.commands.executeCommand<T>(command));

describe('the repository memory', function () {
  this.timeout(240_000);

  // First of all readings: nothing is saved yet that would be restored before anybody could pause.
  it('reading can be paused, keeps what it has, and goes on from there', async () => {
    const api = await bonsai();
    const reading = vscode.commands.executeCommand<ReadSummary | undefined>('bonsai.readRepository', 'now');
    await eventually('some of it is read', () => api.status().state === 'reading' && (api.status().repository?.tokensRead ?? 0) > 0);
    await run('bonsai.pauseReading');
    const paused = await reading;
    assert.ok(paused);
    assert.equal(paused.stopped, 'cancelled');
    await eventually('the status says so', () => api.status().repository?.memory.paused);
    const resumed = await run<ReadSummary | undefined>('bonsai.resumeReading');
    assert.ok(resumed);
    assert.equal(resumed.stopped, undefined);
    assert.ok(paused.tokens > 0 && paused.tokens < resumed.tokens, `${paused.tokens} of ${resumed.tokens}`);
    assert.ok(resumed.restoredTokens >= paused.tokens, `${resumed.restoredTokens} of ${paused.tokens} were kept`);
    await eventually('nothing is paused', () => api.status().repository?.memory.paused === false);
  });

  it('a restart costs a restore, not a read', async () => {
    const { summary: first } = await readRepository();
    await run('bonsai.restart');
    const { summary, status } = await readRepository();
    assert.equal(summary.restoredTokens, first.tokens);
    assert.ok(status.repository?.memory.savedAt !== undefined, 'the status does not say that it is saved');
  });

  it('a file saved in the editor is noticed, and one changed behind its back too', async () => {
    const api = await bonsai();
    await readRepository();
    const journal = () => api.status().repository?.memory.journalFiles ?? 0;
    const files = () => api.status().repository?.files ?? 0;
    const [changed, known] = [journal(), files()];
    const one = vscode.Uri.joinPath(workspaceFolder(), 'src/repo/index.ts');
    const editor = await vscode.window.showTextDocument(one);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '// noticed by its save\n'));
    await editor.document.save();
    await eventually('the save is noticed and read', () => journal() > changed);
    const other = vscode.Uri.joinPath(workspaceFolder(), 'src/repo/added.ts');
    await vscode.workspace.fs.writeFile(other, Buffer.from('export const added = 4711;\n'));
    await eventually('the new file is noticed and read', () => files() > known);
    await run('workbench.action.closeActiveEditor');
  });
});
