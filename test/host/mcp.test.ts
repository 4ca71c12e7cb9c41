/** The MCP server as agents of other extensions have it: found by the editor, started by it with its own Node, and asked by its tools. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { bonsai, eventually, extension, readRepository } from './bonsai';

describe('the MCP server', function () {
  this.timeout(240_000);

  const settings = () => vscode.workspace.getConfiguration('bonsai');
  const toolNamed = (name: string) => vscode.lm.tools.find((tool) => new RegExp(`^mcp_.*bonsai.*_${name}$`).test(tool.name))?.name;

  /** As the editor hands it to a model: the structured result as JSON, or the text, as its version likes. */
  async function call(name: string, input: object): Promise<string> {
    const tool = await eventually(`the tool ${name}`, () => toolNamed(name));
    const { content } = await vscode.lm.invokeTool(tool, { input, toolInvocationToken: undefined });
    return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('\n');
  }

  before(async function () {
    // An editor that has no agents has no such command.
    if (!(await vscode.commands.getCommands()).includes('workbench.mcp.startServer')) this.skip();
    // Agents never get the demonstration model unless somebody has chosen it.
    const demo = vscode.Uri.joinPath(extension().extensionUri, 'media/bonsai-demo-q8_0.gguf').fsPath;
    await settings().update('model.path', demo, vscode.ConfigurationTarget.Global);
    await readRepository();
    await eventually('the editor has started it', async () => {
      await vscode.commands.executeCommand('workbench.mcp.startServer', '*', { waitForLiveTools: true });
      return toolNamed('find');
    });
  });
  after(async () => {
    await settings().update('model.path', undefined, vscode.ConfigurationTarget.Global);
    await (await bonsai()).whenIdle();
  });

  it('is found and started, and finds, reads and shows the workspace', async () => {
    assert.match(await call('find', { query: 'placeOf', limit: 2 }), /place\.ts.*defines placeOf/s);
    assert.match(await call('read', { path: 'LICENSE', endLine: 3 }), /MIT License/);
    assert.match(await call('overview', { depth: 1 }), /src\//);
  });

  it('answers from what the editor has read, and reads nothing itself', async () => {
    const answer = await call('ask', { question: 'Where is placeOf defined?', maxTokens: 16 });
    assert.match(answer, /place\.ts.*defines placeOf/s);
    // It was restored whole, or else the note would say how little is there.
    assert.doesNotMatch(answer, /% of the repository is in memory/);
    assert.match(await call('status', {}), /ready/);
  });
});
