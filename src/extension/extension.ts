/** Policy: the composition root. All wiring is here; nothing is started or loaded until somebody needs it. */
import { bundleStarted } from './util/clock';
import * as vscode from 'vscode';
import type { LogMessage, Status } from '../protocol';
import { CachePanel } from './cache/cachePanel';
import { addChat, type Chat } from './chat';
import { doctorMarkdown } from './commands/doctorReport';
import { addCommitMessage } from './commitMessage';
import { Contributions } from './contributions';
import { addEdits } from './edits';
import { MemoryRequests } from './engine/memoryRequests';
import { SidecarClient, type SidecarClientOptions } from './engine/sidecarClient';
import { measureFidelity } from './fidelity/measureFidelity';
import { CompletionNumbers } from './ghostText/numbers';
import { GhostTextProvider } from './ghostText/provider';
import { addLanguageModel, engineCounter } from './languageModel';
import { addMentions } from './mentions';
import { addModels } from './models';
import { CrashRecovery } from './reading/crashRecovery';
import { ReadingController } from './reading/readingController';
import { ReadingDesk } from './reading/readingDesk';
import { showSkipped } from './reading/skippedFiles';
import { RememberedLog } from './report/rememberedLog';
import { reportProblem } from './report/reportProblem';
import { deleteSaved } from './saved/deleteSaved';
import { engineSettings, readOnStartup } from './settings';
import { SettingsWatcher } from './settingsWatcher';
import { ContextKeys } from './status/contextKeys';
import { showMenu } from './status/menu';
import { menuItems } from './status/menuItems';
import { StatusItem } from './status/statusItem';
import { addTerminal } from './terminal';
import type { Translate } from './util/text';
import { ChangeFeed } from './watching/changeFeed';
import { WorkspaceWatcher } from './watching/workspaceWatcher';

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
  const log = new RememberedLog(vscode.window.createOutputChannel('Bonsai', { log: true }));
  const version = versionOf(context.extension.packageJSON);
  let watcher: SettingsWatcher | undefined;
  const options: SidecarClientOptions = {
    distFolder: vscode.Uri.joinPath(context.extensionUri, 'dist').fsPath,
    clientName: `vscode-bonsai ${version}`,
    settings: () => engineSettings(vscode.Uri.joinPath(context.globalStorageUri, 'memory').fsPath),
    log: ({ level, text }: LogMessage) => log[level](text),
    t,
  };
  const client = new SidecarClient({
    ...options,
    settle: async () => {
      await models.settled();
      await watcher?.settle();
    },
  });
  const memory = new MemoryRequests(client);
  const parts = new Contributions(log);
  const reading = new ReadingController(memory, new ReadingDesk(log, t, () => chat.view.visible));
  const counter = engineCounter(client);
  const mentions = addMentions(parts, client, counter, log, t);
  const cache = new CachePanel(context.extensionUri, client, memory, log, t);
  const keys = new ContextKeys((key, value) => vscode.commands.executeCommand('setContext', key, value));
  const numbers = new CompletionNumbers();
  const updateKeys = () => keys.update(client.status, reading.view);

  parts.add('status item', () => new StatusItem(client, reading, numbers, t));
  const chat: Chat = addChat(parts, client, reading, context, mentions, log, t);
  parts.add('cache view', () => vscode.window.registerWebviewPanelSerializer(CachePanel.type, cache));
  parts.add('ghost text', () => new GhostTextProvider(client, log, numbers));
  parts.add('settings', () => (watcher = new SettingsWatcher(client, reading, log, t)));
  parts.add('crash recovery', () => new CrashRecovery(client, reading));
  parts.add('menu keys', () => vscode.Disposable.from(client.onStatus(updateKeys), reading.onChange(updateKeys)));
  parts.add('watching', () => {
    const wanted = () => vscode.workspace.isTrusted && client.loaded;
    return new WorkspaceWatcher(new ChangeFeed({ wanted, send: (paths) => memory.filesChanged(paths) }), log);
  });
  parts.add('workspace folders', () =>
    vscode.workspace.onDidChangeWorkspaceFolders(() => client.status.repository && void reading.foldersChanged()),
  );

  const models = addModels(
    parts,
    client,
    () => new SidecarClient(options),
    options.settings,
    () => void reading.restore(),
    log,
    t,
  );
  addLanguageModel(parts, client, counter, options.settings, context, t);

  addEdits(parts, client, log, t);
  addCommitMessage(parts, client, log, t);
  addTerminal(parts, (question, about) => chat.askAbout(question, about), client, t);

  // The chat view, other extensions and tests say `now` where a plan was agreed to.
  parts.command('bonsai.readRepository', (how) => (how === 'now' ? reading.accept() : reading.read()));
  parts.command('bonsai.readAgain', () => reading.read(true));
  parts.command('bonsai.pauseReading', () => reading.pause());
  parts.command('bonsai.resumeReading', () => reading.accept(false));
  parts.command('bonsai.showSkipped', () => showSkipped(reading, t));
  parts.command('bonsai.measureFidelity', () => measureFidelity(client, memory, t));
  parts.command('bonsai.deleteSaved', () => deleteSaved(memory, t));
  parts.command('bonsai.showCache', () => cache.show());
  parts.command('bonsai.restart', () => client.restart());
  parts.command('bonsai.showLog', () => log.show());
  parts.command('bonsai.reportProblem', () => reportProblem(client, context.extension.packageJSON, log.lines));
  parts.command('bonsai.showMenu', () => {
    const hasSkipped = (reading.skipped?.files.length ?? 0) > 0;
    return showMenu(menuItems(client.status, reading.view, hasSkipped, t), client.status.message ?? t('Bonsai'));
  });
  parts.command('bonsai.doctor', async () => {
    const content = doctorMarkdown(await client.doctor(), t);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: 'markdown' }));
  });

  context.subscriptions.push(parts, reading, cache, numbers, log);
  stopAll = async () => {
    await chat.stop();
    await Promise.all([client.stop(), models.stop()]);
  };
  const readAtStartup = () => (readOnStartup() ? reading.restore() : undefined);
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
