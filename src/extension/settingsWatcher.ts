/**
 * Policy: a changed model or cache setting takes effect when the person has stopped typing it, or with the next action if
 * that comes first, and says what it costs. An action begun after a change never runs with the settings of before.
 */
import * as vscode from 'vscode';
import type { SidecarClient } from './engine/sidecarClient';
import { toSidecarError } from './engine/sidecarError';
import { showFailure } from './reading/repositoryReader';
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
      if (failure.code !== 'stopped') void showFailure(failure.message, true, this.t);
      return;
    }
    const name = this.client.status.model?.name ?? '';
    const note = this.t('The model {0} was loaded with the new settings.', name);
    this.log.info(note);
    void this.#tell(hadRepository ? `${note} ${this.t('The repository has to be read again.')}` : note, hadRepository);
  }

  async #tell(note: string, hadRepository: boolean): Promise<void> {
    const read = this.t('Read repository');
    const chosen = await vscode.window.showInformationMessage(note, ...(hadRepository ? [read] : []));
    if (chosen === read) await vscode.commands.executeCommand('bonsai.readRepository');
  }
}
