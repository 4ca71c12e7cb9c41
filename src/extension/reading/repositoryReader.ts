/**
 * Policy: one read at a time, of every workspace folder on this machine, only in a trusted workspace. A read somebody
 * asked for shows a notification with a cancel button; a read at startup stays in the status bar.
 */
import * as vscode from 'vscode';
import type { ReadProgress, ReadSummary } from '../../protocol';
import type { SidecarClient } from '../engine/sidecarClient';
import { toSidecarError } from '../engine/sidecarError';
import { percent } from '../status/statusText';
import { exactCount, shortBytes, shortCount, shortSeconds } from '../util/numbers';
import type { Translate } from '../util/text';

export class RepositoryReader implements vscode.Disposable {
  readonly #progressEmitter = new vscode.EventEmitter<void>();
  readonly onProgress = this.#progressEmitter.event;
  #progress: ReadProgress | undefined;
  #running: vscode.CancellationTokenSource | undefined;
  #summary: ReadSummary | undefined;

  constructor(
    private readonly client: SidecarClient,
    private readonly log: vscode.LogOutputChannel,
    private readonly t: Translate,
  ) {}

  /** The newest progress of the running read. */
  get progress(): ReadProgress | undefined {
    return this.#progress;
  }

  /** What the last finished read said, skipped files included. */
  get summary(): ReadSummary | undefined {
    return this.#summary;
  }

  /**
   * Reads the repository and tells how it went.
   * @returns the engine's summary, or nothing when nothing was read; the person has then been told why
   */
  async read(asked: 'by-hand' | 'at-startup'): Promise<ReadSummary | undefined> {
    const folders = this.#folders(asked);
    if (!folders) return undefined;
    if (this.#running) {
      if (asked === 'by-hand') void this.#alreadyRunning();
      return undefined;
    }
    const source = new vscode.CancellationTokenSource();
    this.#running = source;
    await vscode.commands.executeCommand('setContext', 'bonsai.reading', true);
    const byHand = asked === 'by-hand';
    const location = byHand ? vscode.ProgressLocation.Notification : vscode.ProgressLocation.Window;
    try {
      const summary = await vscode.window.withProgress(
        { location, cancellable: byHand, title: this.t('Bonsai') },
        async (report, token) => {
          const link = token.onCancellationRequested(() => source.cancel());
          try {
            return await this.#run(folders, report, source.token);
          } finally {
            link.dispose();
          }
        },
      );
      this.#summary = summary;
      this.#tell(summary, byHand);
      return summary;
    } catch (error) {
      this.#failed(error, byHand);
      return undefined;
    } finally {
      this.#running = undefined;
      this.#setProgress(undefined);
      source.dispose();
      await vscode.commands.executeCommand('setContext', 'bonsai.reading', false);
    }
  }

  stop(): void {
    this.#running?.cancel();
  }

  /** Opens the list of files that the last read left out, with the reason for each. */
  async showSkipped(): Promise<void> {
    if (!this.#summary) {
      void vscode.window.showInformationMessage(this.t('No repository has been read yet.'));
      return;
    }
    const { name, skipped } = this.#summary;
    const lines = skipped.map(({ path, reason }) => `${path}\t${reason}`);
    const content = [this.t('{0}: {1} files were not read', name, skipped.length), '', ...lines, ''].join('\n');
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: 'plaintext' }));
  }

  dispose(): void {
    this.stop();
    this.#progressEmitter.dispose();
  }

  #folders(asked: 'by-hand' | 'at-startup'): string[] | undefined {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
    if (vscode.workspace.isTrusted && folders.length > 0) return folders;
    if (asked === 'by-hand') void this.#cannotRead();
    return undefined;
  }

  async #cannotRead(): Promise<void> {
    const { t } = this;
    if (!vscode.workspace.isTrusted) {
      const manage = t('Manage workspace trust');
      const chosen = await vscode.window.showWarningMessage(t('This workspace is not trusted, so Bonsai reads nothing from it.'), manage);
      if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
      return;
    }
    const open = t('Open folder');
    const chosen = await vscode.window.showWarningMessage(t('There is no folder on this machine to read. Open one first.'), open);
    if (chosen === open) await vscode.commands.executeCommand('vscode.openFolder');
  }

  async #alreadyRunning(): Promise<void> {
    const stop = this.t('Stop reading');
    const chosen = await vscode.window.showInformationMessage(this.t('The repository is being read.'), stop);
    if (chosen === stop) this.stop();
  }

  async #run(
    folders: string[],
    report: vscode.Progress<{ message: string; increment: number }>,
    token: vscode.CancellationToken,
  ): Promise<ReadSummary> {
    let shown = 0;
    const { name } = vscode.workspace;
    return this.client.read(
      { folders, ...(name === undefined ? {} : { name: name.replace(/ \[.*\]$| \(Workspace\)$/, '') }) },
      (progress) => {
        this.#setProgress(progress);
        const now = percent(progress.tokensRead, progress.tokensTotal);
        report.report({ message: this.#progressLine(progress), increment: Math.max(0, now - shown) });
        shown = Math.max(shown, now);
      },
      token,
    );
  }

  #progressLine(progress: ReadProgress): string {
    const { t } = this;
    if (progress.phase === 'listing') return t('listing files');
    const parts = [
      t('{0}% of {1} tokens', percent(progress.tokensRead, progress.tokensTotal), shortCount(progress.tokensTotal)),
      t('{0} tokens/s', shortCount(progress.tokensPerSecond)),
    ];
    if (progress.secondsLeft !== null) parts.push(t('{0} left', shortSeconds(progress.secondsLeft)));
    return parts.join(' · ');
  }

  #tell(summary: ReadSummary, byHand: boolean): void {
    const { t } = this;
    const read = summary.stopped === 'cancelled' ? t('Stopped after') : t('Read');
    const message = t(
      '{0} {1} tokens of {2} files in {3}. The cache takes {4}; uncompressed it would take {5}. Skipped files: {6}.',
      read,
      exactCount(summary.tokens),
      exactCount(summary.files),
      shortSeconds(summary.seconds),
      shortBytes(summary.kvBytes),
      shortBytes(summary.kvBytesFull),
      exactCount(summary.skipped.length),
    );
    this.log.info(message);
    for (const { path, reason } of summary.skipped) this.log.debug(`skipped ${path}: ${reason}`);
    if (byHand) void this.#offer(message, summary.skipped.length > 0);
  }

  async #offer(message: string, anySkipped: boolean): Promise<void> {
    const ask = this.t('Open chat');
    const skipped = this.t('Show skipped files');
    const chosen = await vscode.window.showInformationMessage(message, ...(anySkipped ? [ask, skipped] : [ask]));
    if (chosen === ask) await vscode.commands.executeCommand('bonsai.openChat');
    if (chosen === skipped) await this.showSkipped();
  }

  #failed(error: unknown, byHand: boolean): void {
    const failure = toSidecarError(error);
    if (failure.code === 'stopped') return;
    this.log.error(failure.message);
    if (byHand) void showFailure(failure.message, failure.code.startsWith('model-') || failure.code === 'no-model', this.t);
  }

  #setProgress(progress: ReadProgress | undefined): void {
    this.#progress = progress;
    this.#progressEmitter.fire();
  }
}

/** An error with its way out: another model when the model is the cause, else the log. */
export async function showFailure(message: string, modelIsCause: boolean, t: Translate): Promise<void> {
  const choose = t('Choose model');
  const log = t('Show log');
  const chosen = await vscode.window.showErrorMessage(message, ...(modelIsCause ? [choose, log] : [log]));
  if (chosen === choose) await vscode.commands.executeCommand('bonsai.chooseModel');
  if (chosen === log) await vscode.commands.executeCommand('bonsai.showLog');
}
