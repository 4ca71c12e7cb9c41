import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';

describe('activation', () => {
  it('knows the extension', () => {
    const e = vscode.extensions.getExtension('bonsai-dev.bonsai');
    assert.ok(e);
    console.log(vscode.version, process.version);
  });
});
