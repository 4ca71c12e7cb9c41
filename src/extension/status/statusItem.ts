/** One status item, always there, redrawn when the sidecar or a running read says something new. */
import * as vscode from 'vscode';
import type { SidecarClient } from '../engine/sidecarClient';
import type { CompletionNumbers } from '../ghostText/completionNumbers';
import type { ReadingController } from '../reading/readingController';
import { cacheBudget } from '../settings';
import type { Translate } from '../util/text';
import { statusText } from './statusText';
import { statusTooltip } from './tooltip';

export class StatusItem implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('bonsai.status', vscode.StatusBarAlignment.Right, 100);
  readonly #subscriptions: { dispose(): unknown }[];

  constructor(
    private readonly client: SidecarClient,
    private readonly reading: ReadingController,
    private readonly numbers: CompletionNumbers,
    private readonly t: Translate,
  ) {
    this.#item.name = 'Bonsai';
    this.#item.command = 'bonsai.showMenu';
    this.#subscriptions = [
      client.onStatus(() => this.#draw()),
      reading.onChange(() => this.#draw()),
      numbers.onChange(() => this.#draw()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#draw()),
    ];
    this.#draw();
    this.#item.show();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#item.dispose();
  }

  #draw(): void {
    const { status } = this.client;
    const { view, summary } = this.reading;
    const { text, spoken, severity } = statusText(status, view, this.t);
    this.#item.text = text;
    this.#item.accessibilityInformation = { label: spoken, role: 'button' };
    this.#item.backgroundColor = severity === 'normal' ? undefined : new vscode.ThemeColor(`statusBarItem.${severity}Background`);
    const context = {
      trusted: vscode.workspace.isTrusted,
      budget: cacheBudget(),
      progress: view.progress,
      notes: summary?.notes ?? [],
      completions: this.numbers.summary,
    };
    this.#item.tooltip = new vscode.MarkdownString(statusTooltip(status, context, this.t));
  }
}
