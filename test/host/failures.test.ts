/** What breaks is said, names the thing, and the next action works. */
import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { alive } from '../../scripts/lib/processes.mjs';
import { bonsai, eventually, readRepository } from './bonsai';

describe('failures', function () {
  this.timeout(240_000);

  async function withSettings(values: Record<string, string>, check: () => Promise<void>): Promise<void> {
    const settings = vscode.workspace.getConfiguration('bonsai');
    const set = async (key: string, value: string | undefined) => settings.update(key, value, vscode.ConfigurationTarget.Global);
    for (const [key, value] of Object.entries(values)) await set(key, value);
    try {
      await check();
    } finally {
      for (const key of Object.keys(values)) await set(key, undefined);
      // The extension waits for the last letter of a setting before it acts: at rest means at rest for longer than that.
      const api = await bonsai();
      let since = Date.now();
      await eventually('the setting has taken effect', () => {
        if (api.status().state !== 'noModel' || api.sidecarPid() !== undefined) since = Date.now();
        return Date.now() - since > 1500;
      });
    }
  }

  async function expectFailure(values: Record<string, string>, pattern: RegExp): Promise<void> {
    await withSettings(values, async () => {
      const api = await bonsai();
      void vscode.commands.executeCommand('bonsai.readRepository', 'now');
      const message = await eventually('the status names the failure', () => {
        const { state, message } = api.status();
        return state === 'failed' || state === 'noModel' ? message : undefined;
      });
      assert.match(message, pattern);
    });
  }

  it('a sidecar killed with SIGKILL is replaced, and the repository comes back by itself', async () => {
    const api = await bonsai();
    const { summary: first } = await readRepository();
    const pid = api.sidecarPid();
    assert.ok(pid);
    process.kill(pid, 'SIGKILL');
    await eventually('another process holds the repository', () => {
      const { state, repository } = api.status();
      return api.sidecarPid() !== pid && state === 'ready' && repository?.complete;
    });
    assert.equal(api.status().lostRepository, undefined);
    const { summary } = await readRepository();
    assert.equal(summary.tokens, first.tokens);
    assert.equal(summary.restoredTokens, first.tokens, 'it was in memory already');
    assert.ok(!alive(pid));
  });

  it('a missing model file is named in the status', () =>
    expectFailure({ 'model.path': '/nowhere/missing-model.gguf' }, /missing-model\.gguf/));

  it('a text file named .gguf is refused by name', () => {
    const file = join(tmpdir(), `bonsai-not-a-model-${process.pid}.gguf`);
    writeFileSync(file, 'This is not a model.\n'.repeat(100));
    return expectFailure({ 'model.path': file }, /bonsai-not-a-model/);
  });

  // Only the engine knows that a full cache leaves nothing to share out; unless it is told of squeeze, it loads.
  it('budgets of the layers that do not go with the policy are refused by name', () =>
    expectFailure({ 'cache.policy': 'full', 'cache.layerBudgets': 'squeeze' }, /allocator squeeze/));

  it('works again with the default model afterwards', async () => {
    const { status } = await readRepository();
    assert.ok(status.model?.demo);
    assert.equal(status.message, undefined);
  });

  it('restarting ends the old process', async () => {
    const api = await bonsai();
    const pid = api.sidecarPid();
    assert.ok(pid);
    await vscode.commands.executeCommand('bonsai.restart');
    await eventually('the old process ends', () => !alive(pid));
    await readRepository();
    assert.notEqual(api.sidecarPid(), pid);
  });
});
