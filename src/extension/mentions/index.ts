/** Mentions, slash commands, prompt files and the check of citations, wired in one place. */
import * as vscode from 'vscode';
import { CancellationToken } from 'vscode-jsonrpc/node';
import { messageOf } from '../../protocol/messageOf';
import * as messages from '../../protocol/messages';
import type { ChatHelp } from '../chat/chatHelp';
import { checkPlaces, namesIn } from '../chat/citationChecks';
import type { Contributions } from '../contributions';
import type { SidecarClient } from '../engine/sidecarClient';
import { asRead } from '../languageModel/attachedAsRead';
import { CitationLinks } from '../languageModel/citationLinks';
import type { TokenCounter } from '../languageModel/tokenCounter';
import { Commands } from '../prompts/commands';
import { newPrompt } from '../prompts/newPrompt';
import { PromptFiles } from '../prompts/promptFiles';
import { placeOf } from '../../protocol/place';
import { repositoryPath } from '../util/repositoryPath';
import type { Translate } from '../util/text';
import { MentionCompleter, type CandidateSource } from './mentionCompleter';
import { FileList } from './fileList';
import type { IndexedSymbols } from './foundSymbols';
import { previewOf } from './preview';
import { questionPreparer, type Prepare } from './prepareQuestion';
import { findSymbols, WorkspaceWorld } from './workspaceWorld';

export function addMentions(
  parts: Contributions,
  client: SidecarClient,
  counter: TokenCounter,
  log: vscode.LogOutputChannel,
  t: Translate,
): { prepare: Prepare; help: ChatHelp; problems: (path?: string) => readonly string[] } {
  const list = new FileList(() => listFiles(client));
  const prompts = new PromptFiles(t);
  parts.add('listed files', () => vscode.workspace.onDidChangeWorkspaceFolders(() => list.forget()));
  parts.command('bonsai.newPrompt', (name) => newPrompt(name, t));

  const indexed: IndexedSymbols = async (query, path) => {
    const params = { query, ...(path === undefined ? {} : { path }) };
    const found = await client
      .whileLoaded((connection) => connection.sendRequest(messages.findSymbols, params))
      .catch((error: unknown) => log.warn(messageOf(error)));
    return found?.symbols ?? [];
  };
  const world = new WorkspaceWorld(list, indexed, asRead(client));
  const commands = new Commands(prompts, t);
  const source: CandidateSource = {
    get trusted() {
      return world.trusted;
    },
    commands: () => commands.all(),
    files: () => list.soon(),
    symbols: (query) => findSymbols(query, indexed),
    atHand: () => {
      const selection = world.selection();
      return { open: openFiles(), selection: selection && placeOf(selection), activeFile: world.activeFile() };
    },
  };
  const completer = new MentionCompleter(source, (error) => log.warn(String(error)), t);
  const prepare = questionPreparer(world, { client, count: (token) => counter.texts(token), commands, t });
  return {
    prepare,
    problems: (path) => world.problems(path),
    help: {
      atHand: () => {
        const selection = world.selection();
        return { file: world.activeFile() ?? '', selection: selection ? placeOf(selection) : '' };
      },
      preview: (text) => previewOf(text, world, { client, prepare, t }, CancellationToken.None),
      complete: (id, text) => completer.complete(id, text),
      check: (answers, conversation) => {
        const places = new CitationLinks();
        // Looking at an old answer starts no sidecar.
        const named = namesIn(() => (world.trusted && client.pid !== undefined ? list.soon() : Promise.resolve([])));
        const lookup = { lines: (path: string) => places.lines(path), named };
        return Promise.all(
          answers.map(async ({ id, places: written }) => {
            const behind = conversation.find((message) => message.id === id)?.behind ?? [];
            return { id, places: await checkPlaces(written, new Set(behind), lookup) };
          }),
        );
      },
    },
  };
}

async function listFiles(client: SidecarClient): Promise<readonly string[]> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
  if (folders.length === 0) return [];
  const { files } = await client.request(undefined, 'typing', false, (connection, inner) =>
    connection.sendRequest(messages.listFiles, { folders }, inner),
  );
  return files;
}

/** Files of the open tabs that lie in the workspace, the active one first. */
function openFiles(): string[] {
  const active = vscode.window.activeTextEditor?.document.uri;
  const tabs = vscode.window.tabGroups.all.flatMap(({ tabs: all }) =>
    all.map(({ input }) => (input instanceof vscode.TabInputText ? input.uri : undefined)),
  );
  const inside = [active, ...tabs].filter((uri) => uri !== undefined).filter((uri) => vscode.workspace.getWorkspaceFolder(uri));
  return [...new Set(inside.map(repositoryPath))];
}
