/** The composition root. All wiring is here; nothing is started or loaded until somebody needs it. */
import { bundleStarted } from './util/clock';
import * as vscode from 'vscode';
import type { LogMessage, Status } from '../protocol';
import { messageOf } from '../protocol/messageOf';
import { CachePanel } from './cache/cachePanel';
import { addChat, type Chat } from './chat';
import { doctorMarkdown } from './commands/doctorReport';
import { addCommitMessage } from './commitMessage';
import { Contributions } from './contributions';
import { addEdits } from './edits';
import { MemoryRequests } from './engine/memoryRequests';
import { SidecarClient, type SidecarClientOptions } from './engine/sidecarClient';
import { measureFidelity } from './fidelity/measureFidelity';
import { CompletionNumbers } from './ghostText/completionNumbers';
import { GhostTextProvider } from './ghostText/provider';
import { Snooze } from './ghostText/snooze';
import { addGhostTextSwitch, ghostTextState } from './ghostText/switch';
import { addLanguageModel, engineCounter } from './languageModel';
import { addMcpServer } from './mcp';
import { addMentions } from './mentions';
import { addModels } from './models';
import { CrashRecovery } from './reading/crashRecovery';
import { ReadingController } from './reading/readingController';
import { ReadingDesk } from './reading/readingDesk';
import { SavedBefore } from './reading/savedBefore';
import { showSkipped } from './reading/skippedFiles';
import { workspacePlace } from './reading/workspacePlace';
import { RememberedLog } from './report/rememberedLog';
import { reportProblem } from './report/reportProblem';
import { deleteSaved } from './saved/deleteSaved';
import { engineSettings, engineShared, readOnStartup } from './settings';
import { SettingsWatcher } from './settingsWatcher';
import { ContextKeys } from './status/contextKeys';
import { showMenu } from './status/menu';
import { menuItems } from './status/menuItems';
import { StatusItem } from './status/statusItem';
import { addTerminal } from './terminal';
import { Pages } from './util/pages';
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
  /** Of these, to evaluate the bundle. */
  readonly evaluationMilliseconds: number;
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
    workspace: workspacePlace,
    shared: engineShared,
    settle: async () => {
      await models.settled();
      await watcher?.settle();
    },
  });
  const memory = new MemoryRequests(client);
  const parts = new Contributions(log);
  const pages = new Pages();
  const reading = new ReadingController(memory, new ReadingDesk(log, t, () => chat.view.visible));
  const counter = engineCounter(client);
  const mentions = addMentions(parts, client, counter, log, t);
  const cache = new CachePanel(context.extensionUri, client, memory, log, t);
  const saved = new SavedBefore({
    place: workspacePlace,
    remembered: context.globalState,
    focused: () => vscode.window.state.focused,
    loaded: () => client.loaded,
    load: () => void client.load().catch((error: unknown) => log.warn(messageOf(error))),
  });
  const keys = new ContextKeys((key, value) => vscode.commands.executeCommand('setContext', key, value));
  const numbers = new CompletionNumbers();
  const snooze = new Snooze();
  const updateKeys = () => keys.update(client.status, reading.view);

  parts.add('status item', () => new StatusItem(client, reading, numbers, t));
  const edits = addEdits(parts, client, log, t);
  const tools = { problems: mentions.problems, propose: (text: string) => edits.apply(text, undefined) };
  const chat: Chat = addChat(parts, client, reading, context, { ...mentions, tools }, pages, log, t);
  parts.add('cache view', () => vscode.window.registerWebviewPanelSerializer(CachePanel.type, cache));
  parts.add('ghost text', () => new GhostTextProvider(client, log, numbers, snooze));
  addGhostTextSwitch(parts, snooze, t);
  parts.add('settings', () => (watcher = new SettingsWatcher(client, reading, log, t)));
  parts.add('saved memory', () => {
    const stir = () => saved.stir();
    return vscode.Disposable.from(
      saved,
      client.onStatus((status) => saved.learn(status)),
      client.onOpened((opened) => void reading.opened(opened)),
      vscode.workspace.onDidChangeTextDocument(stir),
      vscode.window.onDidChangeTextEditorSelection(stir),
      vscode.window.onDidChangeWindowState(stir),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        client.openWorkspace();
        stir();
      }),
    );
  });
  parts.add('crash recovery', () => new CrashRecovery(client, reading));
  parts.add('menu keys', () => vscode.Disposable.from(client.onStatus(updateKeys), reading.onChange(updateKeys)));
  parts.add('watching', () => {
    const wanted = () => vscode.workspace.isTrusted && client.loaded;
    return new WorkspaceWatcher(new ChangeFeed({ wanted, send: (paths) => memory.filesChanged(paths) }), log);
  });
  parts.add('workspace folders', () =>
    vscode.workspace.onDidChangeWorkspaceFolders(() => {
      client.openWorkspace();
      if (client.status.repository) void reading.foldersChanged();
    }),
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
  addMcpServer(parts, options.settings, context, version);

  addCommitMessage(parts, client, log, t);
  addTerminal(parts, (question, about) => chat.askAbout(question, about), client, t);

  // The chat view, other extensions and tests say `now` where a plan was agreed to.
  parts.command('bonsai.readRepository', (how) => (how === 'now' ? reading.accept() : reading.read()));
  parts.command('bonsai.readAgain', () => reading.read(true));
  parts.command('bonsai.pauseReading', () => reading.pause());
  parts.command('bonsai.resumeReading', () => reading.accept(false));
  parts.command('bonsai.showSkipped', () => showSkipped(reading, pages, t));
  parts.command('bonsai.measureFidelity', () => measureFidelity(client, memory, t));
  parts.command('bonsai.deleteSaved', () => deleteSaved(memory, t));
  parts.command('bonsai.showCache', () => cache.show());
  parts.command('bonsai.manageTrust', () => vscode.commands.executeCommand('workbench.trust.manage'));
  parts.command('bonsai.restart', () => client.restart());
  parts.command('bonsai.showLog', () => log.show());
  parts.command('bonsai.openSettings', () => vscode.commands.executeCommand('workbench.action.openSettings', '@ext:bonsai-dev.bonsai'));
  parts.command('bonsai.reportProblem', () => reportProblem(client, context.extension.packageJSON, log.lines, pages));
  parts.command('bonsai.showMenu', () => {
    const hasSkipped = (reading.skipped?.files.length ?? 0) > 0;
    const { isTrusted: trusted } = vscode.workspace;
    const context = { trusted, reading: reading.view, hasSkipped, ghostText: ghostTextState(snooze) };
    return showMenu(menuItems(client.status, context, t), client.status.message ?? t('Bonsai'));
  });
  parts.command('bonsai.doctor', async () => {
    const content = doctorMarkdown(await client.doctor(), t);
    await pages.show(t('Bonsai Doctor.md'), content);
  });

  context.subscriptions.push(parts, pages, reading, cache, numbers, log);
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
    evaluationMilliseconds: evaluated,
  };
}

export async function deactivate(): Promise<void> {
  await stopAll?.();
}

function versionOf(manifest: unknown): string {
  const named = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return named && typeof manifest.version === 'string' ? manifest.version : '';
}
