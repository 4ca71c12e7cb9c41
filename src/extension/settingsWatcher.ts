/**
 * A changed model or cache setting takes effect when the person has stopped typing it, or with the next action if
 * that comes first, and says what it costs. An action begun after a change never runs with the settings of before. What
 * was saved of the repository for the new settings is restored; else it has to be read again, which is left to the person.
 */
import * as vscode from 'vscode';
import type { SidecarClient } from './engine/sidecarClient';
import { toSidecarError } from './engine/sidecarError';
import type { ReadingController } from './reading/readingController';
import { showFailure } from './reading/showFailure';
import { consequence } from './settings';
import type { Translate } from './util/text';

/** Settings are typed letter by letter; the last one counts. Milliseconds. */
const patience = 600;

export class SettingsWatcher implements vscode.Disposable {
  readonly #subscription: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;
  #restart = false;

  constructor(
    private readonly client: SidecarClient,
    private readonly reading: Pick<ReadingController, 'restore' | 'view'>,
    private readonly log: vscode.LogOutputChannel,
    private readonly t: Translate,
  ) {
    this.#subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      const effect = consequence(event);
      if (effect === 'nothing') return;
      this.#restart ||= effect === 'restart';
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.settle(), patience);
    });
  }

  /** Applies a change that still waits. Resolves at once when there is none, or when called while one is being applied. */
  async settle(): Promise<void> {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#apply();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscription.dispose();
  }

  async #apply(): Promise<void> {
    const restart = this.#restart;
    this.#restart = false;
    const hadModel = this.client.loaded;
    const hadRepository = this.client.status.repository !== undefined;
    try {
      if (restart || !hadModel) await this.client.restart();
      if (!hadModel) return;
      if (restart) await this.client.load();
      else await this.client.reload();
    } catch (error) {
      const failure = toSidecarError(error);
      this.log.error(failure.message);
      if (failure.code !== 'stopped') void showFailure(failure, this.t);
      return;
    }
    void this.#tell(hadRepository);
  }

  async #tell(hadRepository: boolean): Promise<void> {
    const { t } = this;
    const note = t('The model {0} was loaded with the new settings.', this.client.status.model?.name ?? '');
    this.log.info(note);
    // The action that brought the change into effect may be the reading itself.
    const lost = hadRepository && this.reading.view.doing === 'nothing';
    if (!lost || (await this.reading.restore())) {
      void vscode.window.showInformationMessage(lost ? `${note} ${t('The repository was restored.')}` : note);
      return;
    }
    const read = t('Read repository');
    const chosen = await vscode.window.showInformationMessage(`${note} ${t('The repository has to be read again.')}`, read);
    if (chosen === read) await vscode.commands.executeCommand('bonsai.readRepository');
  }
}
