/**
 * The editor's side of ghost text, and all of it that knows the editor. It tells what the editor shows, and turns
 * what comes back into the editor's own items, which are then accepted as a whole, by word or by line with the editor's
 * own keys. A failure is logged once per cause and never pops up while typing.
 */
import * as vscode from 'vscode';
import type { CompleteParams, Completion } from '../../protocol';
import type { Disposable } from '../contributions';
import type { SidecarClient, Urgency } from '../engine/sidecarClient';
import { toSidecarError } from '../engine/sidecarError';
import { completionSettings } from '../settings';
import type { Snooze } from './snooze';
import { repositoryPath } from '../util/repositoryPath';
import { systemTimer } from '../util/timer';
import { documentKind } from './documentKind';
import { GhostText, type GhostRequest } from './ghostText';
import type { CompletionNumbers } from './completionNumbers';
import type { SelectedEntry } from './cursorPlace';
import { RecentEdits } from './recentEdits';

/** Run by the editor after a suggestion was accepted as a whole; not in the palette. */
const acceptedCommand = 'bonsai.ghostText.accepted';

export class GhostTextProvider implements vscode.InlineCompletionItemProvider, Disposable {
  readonly #ghost: GhostText;
  readonly #edits = new RecentEdits();
  readonly #reported = new Set<string>();
  readonly #subscriptions: Disposable[];
  #answering = '';

  constructor(
    private readonly client: SidecarClient,
    private readonly log: vscode.LogOutputChannel,
    numbers: CompletionNumbers,
    private readonly snooze: Snooze,
  ) {
    this.#ghost = new GhostText({ complete: (...asked) => this.#complete(...asked) }, systemTimer, numbers, (place) =>
      this.#edits.elsewhere(place),
    );
    this.#subscriptions = [
      client.onStatus(() => this.#noteWhoAnswers()),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.#ghost.forget(uri.toString());
        this.#edits.forget(uri.toString());
      }),
      vscode.workspace.onDidChangeTextDocument((event) => {
        this.#noteKey(event);
        this.#noteEdit(event);
      }),
      vscode.commands.registerCommand(acceptedCommand, (document: unknown) =>
        typeof document === 'string' ? this.#ghost.accepted(document) : undefined,
      ),
      vscode.languages.registerInlineCompletionItemProvider(
        [
          { scheme: 'file', pattern: '**' },
          { scheme: 'untitled', pattern: '**' },
        ],
        this,
      ),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#ghost.dispose();
  }

  async provideInlineCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[]> {
    const explicit = context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke;
    const stop = new AbortController();
    const link = token.onCancellationRequested(() => stop.abort('cancelled'));
    if (token.isCancellationRequested) stop.abort('cancelled');
    const began = performance.now();
    try {
      const entry = selectedEntry(position, context);
      if (entry === 'elsewhere') return [];
      const { suggestion, suppressed } = await this.#ghost.suggest(this.#request(document, position, explicit, entry), stop.signal);
      if (suppressed === 'no-fim')
        this.#reportOnce(
          vscode.l10n.t(
            'There is no ghost text: the loaded model has no fill-in-the-middle tokens, and bonsai.completions.withChatModels is off.',
          ),
          explicit,
        );
      if (!suggestion) return [];
      const { line } = position;
      const item = new vscode.InlineCompletionItem(suggestion.text, new vscode.Range(line, suggestion.start, line, suggestion.end), {
        title: vscode.l10n.t('Accepted'),
        command: acceptedCommand,
        arguments: [document.uri.toString()],
      });
      this.log.trace(`ghost text: shown after ${Math.round(performance.now() - began)} ms`);
      return [item];
    } catch (error) {
      const failure = toSidecarError(error);
      if (failure.code !== 'stopped') this.#reportOnce(failure.message, explicit);
      return [];
    } finally {
      link.dispose();
    }
  }

  #request(document: vscode.TextDocument, cursor: vscode.Position, explicit: boolean, entry: SelectedEntry | undefined): GhostRequest {
    const { uri, languageId } = document;
    const settings = completionSettings(document);
    const { model } = this.client.status;
    const editor = vscode.window.activeTextEditor;
    const selections = editor?.document === document ? editor.selections : [];
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    const comparing =
      tab instanceof vscode.TabInputTextDiff && [tab.original, tab.modified].some((side) => side.toString() === uri.toString());
    return {
      document,
      name: { document: uri.toString(), path: repositoryPath(uri) },
      cursor,
      entry,
      situation: {
        ...settings,
        enabled: settings.enabled && this.snooze.minutesLeft === 0,
        explicit,
        trusted: vscode.workspace.isTrusted,
        kind: documentKind(uri.scheme, uri.path, languageId),
        length: document.offsetAt(document.lineAt(document.lineCount - 1).range.end),
        // One that knows no chat goes on with what stands before the cursor.
        fim: model && (model.fim || !model.chat || settings.withChatModels),
        comparing,
        cursors: selections.length,
        selecting: selections.some((selection) => !selection.isEmpty),
      },
    };
  }

  async #complete(params: CompleteParams, urgency: Urgency, signal: AbortSignal): Promise<Completion> {
    const source = new vscode.CancellationTokenSource();
    const stop = () => source.cancel();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    try {
      const completion = await this.client.complete(params, urgency, source.token);
      const { reusedTokens, readTokens, archivedTokens, generatedTokens, milliseconds } = completion;
      this.log.debug(
        `ghost text: reused ${reusedTokens}, read ${readTokens}, recalled ${archivedTokens}, wrote ${generatedTokens} tokens in ${Math.round(milliseconds)} ms`,
      );
      return completion;
    } finally {
      signal.removeEventListener('abort', stop);
      source.dispose();
    }
  }

  /** Another model, or another repository behind it, answers otherwise; a repository that is being read does so all the time. */
  #noteWhoAnswers(): void {
    const { model, repository } = this.client.status;
    if (!model) return;
    const answering = JSON.stringify([model.path, repository?.complete === true && repository.name]);
    if (answering !== this.#answering) this.#ghost.clear();
    this.#answering = answering;
  }

  #noteKey({ contentChanges: [change, ...others], document, reason }: vscode.TextDocumentChangeEvent): void {
    const key = change && others.length === 0 && change.text.length <= 2 && change.rangeLength <= 1;
    if (key && reason === undefined && vscode.window.activeTextEditor?.document === document) this.#ghost.typed();
  }

  #noteEdit({ contentChanges, document }: vscode.TextDocumentChangeEvent): void {
    const { uri, languageId } = document;
    if (documentKind(uri.scheme, uri.path, languageId) !== 'code' || !vscode.workspace.getWorkspaceFolder(uri)) return;
    const name = { document: uri.toString(), path: repositoryPath(uri) };
    for (const { range, text } of contentChanges)
      this.#edits.note(document, name, { start: range.start.line, end: range.end.line, added: text.split('\n').length - 1 });
  }

  #reportOnce(message: string, explicit: boolean): void {
    if (explicit) vscode.window.setStatusBarMessage(`$(warning) ${message}`, 6000);
    if (this.#reported.has(message)) return;
    this.#reported.add(message);
    this.log.warn(`${vscode.l10n.t('No ghost text')}: ${message}`);
  }
}

/** The editor's list replaces a part of one line around the cursor, or there is nothing to go on from. */
function selectedEntry(
  position: vscode.Position,
  { selectedCompletionInfo: selected }: vscode.InlineCompletionContext,
): SelectedEntry | 'elsewhere' | undefined {
  if (!selected) return undefined;
  const { range, text } = selected;
  if (!range.isSingleLine || !range.contains(position)) return 'elsewhere';
  return { start: range.start.character, end: range.end.character, text };
}
