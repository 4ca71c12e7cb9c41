/** Nothing is loaded until it is needed, and what the manifest promises is there. */
import { strict as assert } from 'node:assert';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { bonsai, extension, manifest } from './bonsai';

describe('activation', () => {
  // In milliseconds it is measured by `npm run responsiveness`; here a busy machine slows both alike.
  it('does less than evaluating the bundle does, which stays small', async () => {
    const { activationMilliseconds, evaluationMilliseconds } = await bonsai();
    assert.ok(extension().isActive);
    assert.ok(evaluationMilliseconds > 0);
    const own = activationMilliseconds - evaluationMilliseconds;
    assert.ok(own < 0.5 * evaluationMilliseconds, `${own} ms beside ${evaluationMilliseconds} ms to evaluate the bundle`);
    const { size } = statSync(join(extension().extensionPath, 'dist/extension.cjs'));
    assert.ok(size > 0 && size < 600_000, `${size} bytes`);
  });

  it('starts no sidecar and loads no model', async () => {
    const api = await bonsai();
    await api.whenIdle();
    assert.equal(api.sidecarPid(), undefined);
    assert.equal(api.status().state, 'noModel');
    assert.equal(api.status().model, undefined);
  });

  it('registers every command of the manifest', async () => {
    await bonsai();
    const promised = manifest().contributes.commands.map(({ command }) => command);
    assert.ok(promised.length >= 7, `only ${promised.length} commands`);
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      promised.filter((command) => !registered.has(command)),
      [],
    );
  });

  it('gives every setting a default of its own type', () => {
    const { properties } = manifest().contributes.configuration;
    const names = Object.keys(properties);
    assert.ok(names.length > 0 && names.length <= 21, `${names.length} settings`);
    for (const [name, { type }] of Object.entries(properties)) {
      const value: unknown = vscode.workspace.getConfiguration().inspect(name)?.defaultValue;
      const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
      const allowed = [type].flat().flatMap((one) => (one === 'number' ? ['number', 'integer'] : [one]));
      assert.ok(allowed.includes(kind), `${name} should be ${String(type)}, its default is a ${kind}`);
    }
  });
});
