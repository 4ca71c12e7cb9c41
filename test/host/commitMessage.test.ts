/**
 * A commit message in the source control view: written from what would be committed, into the box of the repository that was
 * meant, and never over what the person types. Taking it back with a key is tested in the browser.
 */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { bonsai, eventually, workspaceFolder } from './bonsai';

interface Repository {
  rootUri: vscode.Uri;
  inputBox: { value: string };
}
interface Git {
  repositories: Repository[];
  openRepository(root: vscode.Uri): Promise<Repository | null>;
}

const write = (repository: Repository) =>
  vscode.commands.executeCommand<string | undefined>('bonsai.writeCommitMessage', { rootUri: repository.rootUri });

describe('commit messages', function () {
  this.timeout(240_000);
  let own: Repository;
  let other: Repository;
  const folder = () => join(workspaceFolder().fsPath, 'nested');
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=Bonsai', '-c', 'user.email=tests@localhost', ...words], { cwd: folder(), encoding: 'utf8' });
  const put = (name: string, text: string) => writeFileSync(join(folder(), name), text);

  /** A change of which the demo model writes some dozens of tokens: time enough to do something meanwhile. */
  const stageSmallChange = () => {
    git('reset', '-q', '--hard');
    put('a.ts', 'export const one = 1;\nexport const two = 2;\n');
    git('add', 'a.ts');
  };

  before(async () => {
    mkdirSync(folder(), { recursive: true });
    git('init', '-q');
    put('a.ts', 'export const one = 1;\n');
    git('add', '.');
    git('commit', '-q', '-m', 'Add one');
    const extension = vscode.extensions.getExtension<{ getAPI(version: 1): Git }>('vscode.git');
    assert.ok(extension);
    const api = (await extension.activate()).getAPI(1);
    await api.openRepository(vscode.Uri.file(folder()));
    const [first, second] = await eventually('both repositories are open', () => {
      const nested = api.repositories.find(({ rootUri }) => rootUri.fsPath === folder());
      const around = api.repositories.find(({ rootUri }) => rootUri.fsPath === workspaceFolder().fsPath);
      return nested && around ? ([nested, around] as const) : undefined;
    });
    [own, other] = [first, second];
  });
  beforeEach(async () => {
    own.inputBox.value = 'begun by hand';
    other.inputBox.value = 'of the other repository';
    // What the test before wrote is still being reported back.
    let since = Date.now();
    await eventually('the box is at rest', () => {
      if (own.inputBox.value !== 'begun by hand') since = Date.now();
      return Date.now() - since > 500;
    });
  });
  after(async () => {
    own.inputBox.value = other.inputBox.value = '';
    await vscode.commands.executeCommand('git.close', own);
    rmSync(folder(), { recursive: true });
  });

  it('are not written when there is nothing to commit', async () => {
    assert.equal(await write(own), undefined);
    assert.equal(own.inputBox.value, 'begun by hand');
  });

  it('go into the box of their repository, and nothing is committed', async () => {
    put('a.ts', 'export const one = 1;\nexport const two = 2;\n');
    git('add', 'a.ts');
    const message = await write(own);
    assert.ok(message && message.length > 0, 'no message');
    assert.equal(own.inputBox.value, message);
    assert.equal(other.inputBox.value, 'of the other repository');
    assert.match(git('status', '--porcelain'), /^M {2}a\.ts/);
  });

  it('are written for new files alone, too', async () => {
    git('reset', '-q', '--hard');
    put('fresh.ts', 'export const fresh = true;\n');
    const message = await write(own);
    assert.ok(message && message.length > 0, 'no message');
    assert.equal(own.inputBox.value, message);
  });

  it('of a diff that is too long are written from a part of it', async () => {
    put('a.ts', Array.from({ length: 20_000 }, (_, index) => `export const value${index} = ${index};\n`).join(''));
    git('add', 'a.ts');
    assert.ok(await write(own), 'no message');
  });

  it('leave what the person types meanwhile', async () => {
    const api = await bonsai();
    stageSmallChange();
    // The engine stands still while the person types, however quick it would be.
    const engine = api.sidecarPid() ?? 0;
    process.kill(engine, 'SIGSTOP');
    const writing = write(own);
    await delay(500);
    own.inputBox.value = 'typed meanwhile';
    process.kill(engine, 'SIGCONT');
    assert.equal(await writing, undefined);
    assert.equal(own.inputBox.value, 'typed meanwhile');
  });

  it('leave what was there when the engine dies, and the next one is written', async () => {
    const api = await bonsai();
    stageSmallChange();
    // The engine runs in short steps, so that it dies with the message begun and not finished, however quick it would be.
    const engine = api.sidecarPid() ?? 0;
    process.kill(engine, 'SIGSTOP');
    const writing = write(own);
    await eventually('the message begins', async () => {
      process.kill(engine, 'SIGCONT');
      await delay(5);
      process.kill(engine, 'SIGSTOP');
      await delay(25);
      return own.inputBox.value !== 'begun by hand';
    });
    process.kill(engine, 'SIGKILL');
    assert.equal(await writing, undefined);
    assert.equal(own.inputBox.value, 'begun by hand');
    assert.ok(await write(own), 'no message');
  });
});
