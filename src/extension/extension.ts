/** Policy: the composition root. All wiring is here; nothing is started or loaded until somebody needs it. */
import { bundleStarted } from './util/clock';
import * as vscode from 'vscode';
import type { LogMessage, Status } from '../protocol';
import { CachePanel } from './cache/cachePanel';
import { ChatController } from './chat/chatController';
import { ChatView } from './chat/chatView';
import { askAboutSelection } from './commands/askAboutSelection';
import { chooseModel } from './commands/chooseModel';
import { doctorMarkdown } from './commands/doctorReport';
import { Contributions } from './contributions';
import { addEdits } from './edits';
import { SidecarClient } from './engine/sidecarClient';
import { GhostTextProvider } from './ghostText/provider';
import { RepositoryReader } from './reading/repositoryReader';
import { engineSettings, readOnStartup } from './settings';
import { SettingsWatcher } from './settingsWatcher';
import { showMenu } from './status/menu';
import { StatusItem } from './status/statusItem';
import type { Translate } from './util/text';

/** What `activate` returns, for tests. */
export interface BonsaiApi {
  /** Resolves when no request is in flight and the sidecar is at rest. */
  whenIdle(): Promise<void>;
  status(): Status;
  sidecarPid(): number | undefined;
  /** From the first line of the bundle to the end of `activate`. */
  readonly activationMilliseconds: number;
}

let stopAll: (() => Promise<void>) | undefined;

export function activate(context: vscode.ExtensionContext): BonsaiApi {
  const evaluated = performance.now() - bundleStarted;
  const t: Translate = (message, ...values) => vscode.l10n.t(message, ...values);
  const log = vscode.window.createOutputChannel('Bonsai', { log: true });
  const version = versionOf(context.extension.packageJSON);
  let watcher: SettingsWatcher | undefined;
  const client = new SidecarClient({
    distFolder: vscode.Uri.joinPath(context.extensionUri, 'dist').fsPath,
    clientName: `vscode-bonsai ${version}`,
    settings: engineSettings,
    log: ({ level, text }: LogMessage) => log[level](text),
    settle: async () => watcher?.settle(),
    t,
  });
  const controller = new ChatController(client, context.workspaceState);
  const chat = new ChatView(context.extensionUri, controller, client, log, t);
  const cache = new CachePanel(context.extensionUri, client, log, t);
  const reader = new RepositoryReader(client, log, t);

  const parts = new Contributions(log);
  parts.add('status item', () => new StatusItem(client, reader, t));
  parts.add('chat view', () => vscode.window.registerWebviewViewProvider(ChatView.id, chat));
  parts.add('cache view', () => vscode.window.registerWebviewPanelSerializer(CachePanel.type, cache));
  parts.add('ghost text', () =>
    vscode.languages.registerInlineCompletionItemProvider(
      [
        { scheme: 'file', pattern: '**' },
        { scheme: 'untitled', pattern: '**' },
      ],
      new GhostTextProvider(client, log),
    ),
  );
  parts.add('settings', () => (watcher = new SettingsWatcher(client, log, t)));

  addEdits(parts, client, log, t);

  parts.command('bonsai.openChat', () => chat.reveal());
  parts.command('bonsai.readRepository', () => reader.read('by-hand'));
  parts.command('bonsai.stopReading', () => reader.stop());
  parts.command('bonsai.showSkipped', () => reader.showSkipped());
  parts.command('bonsai.askAboutSelection', (question) => askAboutSelection(controller, chat, question));
  parts.command('bonsai.chooseModel', (path) => chooseModel(client, log, path));
  parts.command('bonsai.showCache', () => cache.show());
  parts.command('bonsai.restart', () => client.restart());
  parts.command('bonsai.showLog', () => log.show());
  parts.command('bonsai.showMenu', () => showMenu(client, (reader.summary?.skipped.length ?? 0) > 0));
  parts.command('bonsai.doctor', async () => {
    const content = doctorMarkdown(await client.doctor(), t);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: 'markdown' }));
  });

  context.subscriptions.push(parts, reader, cache, log);
  stopAll = async () => {
    await controller.dispose();
    await client.stop();
  };
  const readAtStartup = () => (readOnStartup() ? reader.read('at-startup') : undefined);
  context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(() => void readAtStartup()));
  void readAtStartup();
  const activationMilliseconds = performance.now() - bundleStarted;
  log.info(
    `Bonsai ${version} activated in ${Math.round(activationMilliseconds)} ms, ${Math.round(evaluated)} of them to evaluate the bundle`,
  );
  return {
    whenIdle: () => client.whenIdle(),
    status: () => client.status,
    sidecarPid: () => client.pid,
    activationMilliseconds,
  };
}

export async function deactivate(): Promise<void> {
  await stopAll?.();
}

function versionOf(manifest: unknown): string {
  const named = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return named && typeof manifest.version === 'string' ? manifest.version : '';
}
