/** When a model does not fit into memory, the person is offered what can be done about it, in order of its cost. */
import * as vscode from 'vscode';
import type { LocalModel } from '../../protocol';
import type { EngineSettings } from '../engine/engineSettings';
import type { SidecarClient } from '../engine/sidecarClient';
import type { SidecarError } from '../engine/sidecarError';
import { writeSetting } from '../settings';
import type { Translate } from '../util/text';
import { memoryLadder } from './memoryLadder';
import type { ModelTools } from './modelTools';

export class OutOfMemory implements vscode.Disposable {
  readonly #subscription: { dispose(): void };
  #asking = false;

  constructor(
    private readonly client: Pick<SidecarClient, 'onLoadFailure' | 'doctor'>,
    private readonly tools: Pick<ModelTools, 'find'>,
    private readonly settings: () => EngineSettings,
    private readonly log: vscode.LogOutputChannel,
    private readonly t: Translate,
  ) {
    this.#subscription = client.onLoadFailure((failure) => void this.#failed(failure));
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #failed({ code }: SidecarError): Promise<void> {
    if (code !== 'out-of-memory' || this.#asking) return;
    this.#asking = true;
    try {
      const help = this.t('Make it fit');
      const chosen = await vscode.window.showWarningMessage(this.t('The model does not fit into memory with these settings.'), help);
      if (chosen === help) await this.offer();
    } finally {
      this.#asking = false;
    }
  }

  /** Shows the steps and takes the one that is chosen; the changed setting then reloads the model. */
  async offer(): Promise<void> {
    const settings = this.settings();
    const [model, graphics] = await Promise.all([this.#facts(settings.modelPath), this.#graphics()]);
    const steps = memoryLadder({ settings, model, graphics }, this.t);
    const chosen = await vscode.window.showQuickPick(steps, {
      title: this.t('Make the model fit'),
      placeHolder: this.t('The options, cheapest first'),
    });
    if (!chosen) return;
    const { action } = chosen;
    if (action.kind === 'choose') await vscode.commands.executeCommand('bonsai.chooseModel');
    else await writeSetting(action.key, action.value);
  }

  async #facts(path: string): Promise<LocalModel | undefined> {
    if (path === '') return undefined;
    const { budget, gpu } = this.settings();
    const source = new vscode.CancellationTokenSource();
    try {
      const asked = { files: [path], only: true, gpu, ...(budget > 0 ? { budget } : {}) };
      return (await this.tools.find(asked, () => undefined, source.token)).models[0];
    } catch (error) {
      this.log.warn(String(error));
      return undefined;
    } finally {
      source.dispose();
    }
  }

  async #graphics(): Promise<boolean> {
    try {
      return (await this.client.doctor()).backends.some((backend) => backend !== 'cpu');
    } catch (error) {
      this.log.warn(String(error));
      return false;
    }
  }
}
