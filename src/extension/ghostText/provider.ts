/**
 * Policy: ghost text is quiet. One request per document, the newest; cancelled requests stop the decode; a result that
 * comes too late for its document is dropped; a failure is logged once per cause and never pops up while typing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { SidecarClient } from '../engine/sidecarClient';
import { toSidecarError } from '../engine/sidecarError';
import { completionSettings } from '../settings';
import { repositoryPath } from '../util/repositoryPath';
import { AdaptiveDelay } from './adaptiveDelay';
import { withoutRepeatedEnd } from './overlap';
import { suppression } from './suppression';

/** Transport limits in characters; the sidecar cuts by tokens. */
const sentBefore = 16_000;
const sentAfter = 8_000;

export class GhostTextProvider implements vscode.InlineCompletionItemProvider {
  readonly #delay = new AdaptiveDelay();
  readonly #running = new Map<string, vscode.CancellationTokenSource>();
  readonly #reported = new Set<string>();

  constructor(
    private readonly client: SidecarClient,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  async provideInlineCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[]> {
    const explicit = context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke;
    const lineAfter = document.lineAt(position.line).text.slice(position.character);
    const reason = suppression({
      explicit,
      ...completionSettings(),
      languageId: document.languageId,
      trusted: vscode.workspace.isTrusted,
      lineAfter,
      lines: document.lineCount,
      fim: this.client.status.model?.fim,
      listOpen: context.selectedCompletionInfo !== undefined,
    });
    if (reason !== undefined) {
      if (reason === 'no-fim')
        this.#reportOnce(vscode.l10n.t('The loaded model has no fill-in-the-middle tokens, so there is no ghost text.'), explicit);
      return [];
    }
    const { version } = document;
    const key = document.uri.toString();
    this.#running.get(key)?.cancel();
    const source = new vscode.CancellationTokenSource();
    const link = token.onCancellationRequested(() => source.cancel());
    this.#running.set(key, source);
    try {
      if (!explicit) await delay(this.#delay.milliseconds);
      if (source.token.isCancellationRequested || document.version !== version) return [];
      const text = await this.#complete(document, position, lineAfter, explicit, source.token);
      if (!text.trim() || document.isClosed || document.version !== version) return [];
      return [new vscode.InlineCompletionItem(text, new vscode.Range(position, position))];
    } catch (error) {
      const failure = toSidecarError(error);
      if (failure.code !== 'stopped') this.#reportOnce(failure.message, explicit);
      return [];
    } finally {
      link.dispose();
      source.dispose();
      if (this.#running.get(key) === source) this.#running.delete(key);
    }
  }

  async #complete(
    document: vscode.TextDocument,
    position: vscode.Position,
    lineAfter: string,
    explicit: boolean,
    token: vscode.CancellationToken,
  ): Promise<string> {
    const offset = document.offsetAt(position);
    const start = document.positionAt(Math.max(0, offset - sentBefore));
    const end = document.positionAt(offset + sentAfter);
    const started = performance.now();
    const loadedBefore = this.client.loaded;
    const completion = await this.client.complete(
      {
        path: repositoryPath(document.uri),
        languageId: document.languageId,
        prefix: document.getText(new vscode.Range(start, position)),
        suffix: document.getText(new vscode.Range(position, end)),
        singleLine: lineAfter.trim() !== '',
      },
      explicit ? 'explicit' : 'typing',
      token,
    );
    // Loading the model is no measure of how fast it answers.
    if (loadedBefore) this.#delay.measured(performance.now() - started);
    const { reusedTokens, readTokens, generatedTokens, milliseconds } = completion;
    this.log.debug(
      `ghost text: reused ${reusedTokens}, read ${readTokens}, wrote ${generatedTokens} tokens in ${Math.round(milliseconds)} ms`,
    );
    return withoutRepeatedEnd(completion.text, lineAfter);
  }

  #reportOnce(message: string, explicit: boolean): void {
    if (explicit) vscode.window.setStatusBarMessage(`$(warning) ${message}`, 6000);
    if (this.#reported.has(message)) return;
    this.#reported.add(message);
    this.log.warn(`${vscode.l10n.t('No ghost text')}: ${message}`);
  }
}
