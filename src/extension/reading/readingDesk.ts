/**
 * What a reading says to the person, in notifications. Only what they asked for by hand speaks up, and nothing
 * that stands in the chat view before their eyes is said again: neither the plan nor the pause. A question can be left
 * unanswered, since the same buttons stand there. A note is shown once and logged always.
 */
import * as vscode from 'vscode';
import type { ReadSummary } from '../../protocol';
import { toSidecarError } from '../engine/sidecarError';
import { exactCount, shortSeconds } from '../../protocol/numbers';
import type { Translate } from '../util/text';
import { priceOf } from './price';
import type { Desk, Offer, ReadingTarget } from './readingController';
import { summaryLine } from './readingText';
import { showFailure } from './showFailure';
import { workspacePlace } from './workspacePlace';

export class ReadingDesk implements Desk {
  readonly #shownNotes = new Set<string>();

  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly t: Translate,
    private readonly chatIsVisible: () => boolean,
  ) {}

  place(quiet: boolean): ReadingTarget | undefined {
    const place = workspacePlace();
    if (!place && !quiet) void this.#cannotRead();
    return place;
  }

  async confirm({ plan, again }: Offer): Promise<boolean> {
    if (this.chatIsVisible()) return false;
    const { t } = this;
    const { tokens, seconds } = priceOf(plan, again);
    const time = seconds === null ? t('The time is not known yet.') : t('That takes about {0}.', shortSeconds(seconds));
    const what = again
      ? t('Everything in {0} is read again: {1} tokens.', plan.name, exactCount(tokens))
      : t('{0} has {1} tokens to read.', plan.name, exactCount(tokens));
    const loss = again && plan.tokensHeld > 0 ? [t('The current memory and what is saved of it will be replaced.')] : [];
    const fit = plan.fits ? [] : [t('Does not fit: only a part can be read with these settings.'), ...plan.advice];
    const now = t('Read now');
    const show = t('Show plan');
    const ask = plan.fits ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
    const chosen = await ask([what, time, ...loss, ...fit].join(' '), now, show);
    if (chosen === show) await vscode.commands.executeCommand('bonsai.openChat');
    return chosen === now;
  }

  busy(): void {
    void this.#alreadyRunning();
  }

  tell(summary: ReadSummary, quiet: boolean): void {
    const line = summaryLine(summary, this.t);
    this.log.info(line);
    for (const note of summary.notes) this.log.info(note);
    for (const { path, reason } of summary.skipped) this.log.debug(`skipped ${path}: ${reason}`);
    if (quiet || (summary.stopped === 'cancelled' && this.chatIsVisible())) return;
    const fresh = summary.notes.filter((note) => !this.#shownNotes.has(note));
    for (const note of fresh) this.#shownNotes.add(note);
    void this.#offerNext([line, ...fresh].join(' '), summary);
  }

  fail(error: unknown, quiet: boolean): void {
    const failure = toSidecarError(error);
    // An empty folder is no fault.
    const nothing = failure.code === 'nothing-to-read';
    this.log[nothing ? 'info' : 'error'](failure.message);
    if (quiet) return;
    if (nothing) void vscode.window.showInformationMessage(failure.message);
    else void showFailure(failure, this.t);
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
    const pause = this.t('Pause reading');
    const chosen = await vscode.window.showInformationMessage(this.t('The repository is being read.'), pause);
    if (chosen === pause) await vscode.commands.executeCommand('bonsai.pauseReading');
  }

  async #offerNext(message: string, summary: ReadSummary): Promise<void> {
    const { t } = this;
    const paused = summary.stopped === 'cancelled';
    const choices = [
      paused ? { title: t('Resume reading'), command: 'resumeReading' } : { title: t('Open chat'), command: 'openChat' },
      ...(summary.skipped.length > 0 && !paused ? [{ title: t('Show skipped files'), command: 'showSkipped' }] : []),
    ];
    const chosen = await vscode.window.showInformationMessage(message, ...choices);
    if (chosen) await vscode.commands.executeCommand(`bonsai.${chosen.command}`);
  }
}
