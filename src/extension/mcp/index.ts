/**
 * Agents of other extensions find `bonsai mcp` for the workspace, where it is trusted and on this machine. Being found
 * starts nothing; the editor starts the server when an agent wants its tools, with the editor's own Node.
 */
import * as vscode from 'vscode';
import type { Contributions } from '../contributions';
import type { EngineSettings } from '../engine/engineSettings';
import { engineShared, idleUnloadMinutes } from '../settings';
import { serverArguments } from './serverArguments';

/** Also the id in the manifest. */
export const providerId = 'bonsai.mcp';

/** @param version of the extension: with another one the editor asks for the tools again */
export function addMcpServer(
  parts: Contributions,
  settings: () => EngineSettings,
  { extensionUri }: Pick<vscode.ExtensionContext, 'extensionUri'>,
  version: string,
): void {
  if (!Reflect.has(vscode.lm, 'registerMcpServerDefinitionProvider')) return;
  parts.add('MCP server', () => {
    const changed = new vscode.EventEmitter<void>();
    const provider: vscode.McpServerDefinitionProvider<vscode.McpStdioServerDefinition> = {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: () => definitions(settings(), vscode.Uri.joinPath(extensionUri, 'dist', 'cli.mjs').fsPath, version),
    };
    return vscode.Disposable.from(
      changed,
      vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => changed.fire()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('bonsai')) changed.fire();
      }),
      vscode.lm.registerMcpServerDefinitionProvider(providerId, provider),
    );
  });
}

function definitions(settings: EngineSettings, cli: string, version: string): vscode.McpStdioServerDefinition[] {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const [first] = folders;
  if (!vscode.workspace.isTrusted || !first) return [];
  const paths = folders.map(({ uri }) => uri.fsPath);
  const server = new vscode.McpStdioServerDefinition(
    'Bonsai',
    process.execPath,
    [cli, ...serverArguments(paths, settings, idleUnloadMinutes(), engineShared())],
    // An Electron executable behaves as plain Node only with this variable.
    { ELECTRON_RUN_AS_NODE: '1' },
    version,
  );
  server.cwd = first.uri;
  return [server];
}
