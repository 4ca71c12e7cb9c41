/** All that the chat adds to the editor, wired in one place. */
import * as vscode from 'vscode';
import { askAboutSelection } from '../commands/askAboutSelection';
import type { Answer } from '../../protocol';
import type { Contributions } from '../contributions';
import type { SidecarClient } from '../engine/sidecarClient';
import type { Prepare } from '../mentions/prepareQuestion';
import type { ReadingController } from '../reading/readingController';
import type { Pages } from '../util/pages';
import type { Translate } from '../util/text';
import { addToChat } from './addToChat';
import { BlockDocuments } from './blockDocuments';
import { chatPlace } from './chatPlace';
import { ChatController, type AskedQuestion } from './chatController';
import type { ChatHelp } from './chatHelp';
import { ChatHistory } from './chatHistory';
import { ChatSessions } from './chatSessions';
import { ChatView } from './chatView';
import { CodeActions } from './codeActions';
import type { Selection } from './conversation';
import { exportChat } from './exportChat';
import { SessionStore } from './sessionStore';
import { ChatTools, type ToolParts } from './tools/chatTools';

export interface Chat {
  view: ChatView;
  /** Asks in the open chat about these lines. */
  askAbout(question: AskedQuestion, about: Selection): Promise<Answer | undefined>;
  /** Stops what runs and writes what is there. */
  stop(): Promise<void>;
}

export function addChat(
  parts: Contributions,
  client: SidecarClient,
  reading: ReadingController,
  context: vscode.ExtensionContext,
  { prepare, help, tools }: { prepare: Prepare; help: ChatHelp; tools: ToolParts },
  pages: Pages,
  log: vscode.LogOutputChannel,
  t: Translate,
): Chat {
  const { workspaceFile, workspaceFolders = [] } = vscode.workspace;
  const named = workspaceFile?.scheme === 'untitled' ? undefined : workspaceFile?.toString();
  const place = chatPlace(
    named,
    workspaceFolders.map(({ uri }) => uri.toString()),
  );
  const all = vscode.Uri.joinPath(context.globalStorageUri, 'chats');
  const folder = place === undefined ? all : vscode.Uri.joinPath(all, place);
  // A window without a folder has no storage of its own.
  const own = context.storageUri ? vscode.Uri.joinPath(context.storageUri, 'chats') : all;
  const warn = (text: string) => log.warn(text);
  const sessions = new ChatSessions(new SessionStore(folder.fsPath, warn, own.fsPath), context.workspaceState, warn);
  const chatTools = new ChatTools(client, tools, t);
  const controller = new ChatController(client, sessions, prepare, (token) => chatTools.offered(token));
  const documents = new BlockDocuments();
  const view = new ChatView(context.extensionUri, controller, client, reading, new CodeActions(documents, t), log, t, help);
  const history = new ChatHistory(controller, () => view.reveal(), pages, t);
  parts.add('chat view', () => vscode.window.registerWebviewViewProvider(ChatView.id, view));
  parts.add('code blocks', () => documents);
  // Another window may have gone on with the open chat meanwhile.
  parts.add('chats of other windows', () =>
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) void controller.refresh();
    }),
  );
  parts.command('bonsai.openChat', () => view.reveal());
  parts.command('bonsai.newChat', async () => {
    await controller.newChat();
    await view.reveal();
  });
  parts.command('bonsai.showHistory', () => history.show());
  parts.command('bonsai.exportChat', async () => {
    await sessions.ready();
    await exportChat(sessions.current.session, pages, t);
  });
  parts.command('bonsai.addToChat', (clicked, selected) => addToChat(view, clicked, selected, t));
  parts.command('bonsai.askAboutSelection', (question) => askAboutSelection(controller, view, question));
  return { view, askAbout: (question, about) => askAboutSelection(controller, view, question, about), stop: () => controller.dispose() };
}
