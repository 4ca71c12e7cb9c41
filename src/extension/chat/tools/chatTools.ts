/**
 * The tools of the chat as the editor has them: offered where the person turned them on, in a trusted workspace with a folder
 * on this machine, to a model whose template has a form for them. None of that is remembered: it is looked at for each answer,
 * and trust again before a command runs.
 */
import * as vscode from 'vscode';
import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc/node';
import * as messages from '../../../protocol/messages';
import type { ToolText } from '../../../protocol';
import { countsOf } from '../../engine/countTokens';
import type { SidecarClient } from '../../engine/sidecarClient';
import { refusalLine } from '../../edits/blocks/refusals';
import type { EditOutcome } from '../../edits/run/editRun';
import { workspacePlace } from '../../reading/workspacePlace';
import { chatToolsEnabled } from '../../settings';
import type { Translate } from '../../util/text';
import { repositoryTools } from './repositoryTools';
import { runShellCommand } from './shellCommand';
import type { Bounds, LoopMeans } from './toolLoop';

/** What the loop takes from here. */
export type OfferedTools = Pick<LoopMeans, 'tools' | 'bounds' | 'count'>;

/** Parts of the editor that are elsewhere. */
export interface ToolParts {
  problems: (path?: string) => readonly string[];
  /** @param text holds an edit block */
  propose: (text: string) => Promise<EditOutcome>;
}

const mostCalls = 8;
/** Tokens; a part of what a question may have, where that is less. */
const mostResultTokens = 1200;
const resultShare = 1 / 8;
const mostAllTokens = 4800;
const allShare = 1 / 2;
/** A guess that is high enough: what is too long is cut by the engine's own count afterwards. */
const charactersPerToken = 6;
/** Milliseconds. */
const commandTimeout = 120_000;

export class ChatTools {
  constructor(
    private readonly client: Pick<SidecarClient, 'request' | 'load' | 'status'>,
    private readonly parts: ToolParts,
    private readonly t: Translate,
  ) {}

  /** @returns undefined when an answer is to be written without any @throws SidecarError where the model cannot be loaded */
  async offered(token: CancellationToken): Promise<OfferedTools | undefined> {
    const folders = workspacePlace()?.folders;
    const [folder] = folders ?? [];
    if (!chatToolsEnabled() || !folders || folder === undefined) return undefined;
    const { tools } = await this.client.load();
    if (!tools) return undefined;
    const bounds = boundsOf(this.client.status.limits?.inputTokens);
    const mostCharacters = bounds.resultTokens * charactersPerToken;
    const world = {
      find: (query: string, inner: CancellationToken) =>
        this.#text(inner, (connection, its) => connection.sendRequest(messages.findSource, { folders, query, mostCharacters }, its)),
      read: (path: string, { first, last }: { first: number; last: number }, inner: CancellationToken) =>
        this.#text(inner, (connection, its) =>
          connection.sendRequest(messages.readLines, { folders, path, startLine: first, endLine: last, mostCharacters }, its),
        ),
      problems: (path: string | undefined) => this.parts.problems(path),
      propose: async (block: string) => {
        const { offered, refusals } = await this.parts.propose(block);
        return offered > 0 ? undefined : refusals.map((refusal) => refusalLine(refusal, this.t)).join('\n') || 'Nothing would change.';
      },
      run: (command: string, inner: CancellationToken) => {
        if (!vscode.workspace.isTrusted) throw new Error('This workspace is not trusted: nothing runs in it.');
        return runShellCommand(command, folder, { timeout: commandTimeout }, inner);
      },
    };
    return { tools: repositoryTools(world), bounds, count: countsOf(this.client, token) };
  }

  async #text(
    token: CancellationToken,
    send: (connection: MessageConnection, token: CancellationToken) => Promise<ToolText>,
  ): Promise<string> {
    return (await this.client.request(token, 'explicit', false, send)).text;
  }
}

/** @param input tokens that a question may have; undefined: not known */
function boundsOf(input = Infinity): Bounds {
  return {
    calls: mostCalls,
    resultTokens: Math.floor(Math.min(mostResultTokens, input * resultShare)),
    allTokens: Math.floor(Math.min(mostAllTokens, input * allShare)),
  };
}
