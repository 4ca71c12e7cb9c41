/** What a terminal shows, explained in the chat: the last command with its exit code, or what is selected. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { eventually } from './bonsai';

interface Explained {
  question: string;
  attached: { path: string; text: string };
  answer: { text: string } | undefined;
}

const lastCommand = (terminal: vscode.Terminal) =>
  vscode.commands.executeCommand<Explained | undefined>('bonsai.explainTerminal', terminal);
const selection = () => vscode.commands.executeCommand<Explained | undefined>('bonsai.explainTerminalSelection');

describe('terminals', function () {
  this.timeout(240_000);
  let terminal: vscode.Terminal;

  before(async () => {
    terminal = vscode.window.createTerminal({ name: 'tested', shellPath: '/bin/bash', env: { PS1: '$ ' } });
    terminal.show();
    await eventually('the shell reports its commands', () => terminal.shellIntegration);
  });
  after(() => terminal.dispose());

  it('without a command that has ended are not asked about', async () => {
    assert.equal(await lastCommand(terminal), undefined);
  });

  it('the last command is asked about, with its exit code and what it wrote', async () => {
    const failing = async () => {
      const ended = new Promise<number | undefined>((done) => {
        const listening = vscode.window.onDidEndTerminalShellExecution((event) => {
          if (event.terminal !== terminal) return;
          listening.dispose();
          done(event.exitCode);
        });
      });
      terminal.shellIntegration?.executeCommand(String.raw`ls /nowhere-at-all; printf '\033[31mred\033[0m\n'; (exit 3)`);
      assert.equal(await ended, 3);
    };
    await failing();
    const explained = await eventually('its output is there', async () => {
      const found = await lastCommand(terminal);
      if (found?.attached.text) return found;
      // Of the first command in a new terminal the editor does not always pass on what it wrote.
      if (found) await failing();
      return undefined;
    });
    assert.match(explained.question, /ls \/nowhere-at-all[^]*exit code 3/);
    assert.match(explained.attached.text, /nowhere-at-all[^]*\nred$/);
    assert.equal(explained.attached.path, 'Terminal tested');
    assert.ok(explained.answer, 'no answer');
  });

  it('of a long output the end is asked about, and how much is missing is said', async () => {
    const before = (await lastCommand(terminal))?.question;
    terminal.shellIntegration?.executeCommand('seq 1 20000');
    const explained = await eventually('the command has ended', async () => {
      const now = await lastCommand(terminal);
      return now?.question === before ? undefined : now;
    });
    assert.match(explained.question, /seq 1 20000[^]*exit code 0\. The first \d+ lines of its output are left out\.$/);
    assert.match(explained.attached.text, /\n19999\n20000$/);
    assert.ok(explained.answer, 'no answer');
  });

  it('what is selected is asked about, and the clipboard keeps what it held', async () => {
    await vscode.env.clipboard.writeText('held before');
    terminal.show();
    await vscode.commands.executeCommand('workbench.action.terminal.selectAll');
    const explained = await eventually('something is selected', async () => selection());
    assert.match(explained.attached.text, /20000/);
    assert.ok(explained.answer, 'no answer');
    assert.equal(await vscode.env.clipboard.readText(), 'held before');
  });

  it('with nothing selected are not asked about', async () => {
    await vscode.commands.executeCommand('workbench.action.terminal.clearSelection');
    assert.equal(await selection(), undefined);
    assert.equal(await vscode.env.clipboard.readText(), 'held before');
  });
});
