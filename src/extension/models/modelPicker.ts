/**
 * One list of everything that could be used, filled while it is looked at; nothing is downloaded by looking. Typing filters by name, place and what a model does.
 */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { DoctorReport, LocalModel } from '../../protocol';
import type { EngineSettings } from '../engine/engineSettings';
import type { SidecarClient } from '../engine/sidecarClient';
import { toSidecarError } from '../engine/sidecarError';
import { setModelPath, writeSetting } from '../settings';
import type { Translate } from '../util/text';
import { bestChoice, machineLine, modelItems, type Choice, type ModelItem, type PickerFacts } from './modelItems';
import type { ModelDownload } from './modelDownload';
import type { ModelTools } from './modelTools';

interface Entry extends vscode.QuickPickItem {
  choice?: Choice;
}

export class ModelPicker {
  constructor(
    private readonly client: Pick<SidecarClient, 'doctor' | 'status'>,
    private readonly tools: Pick<ModelTools, 'find' | 'measure'>,
    private readonly download: ModelDownload,
    private readonly settings: () => EngineSettings,
    private readonly log: vscode.LogOutputChannel,
    private readonly t: Translate,
  ) {}

  /** @param given an absolute path, when another extension or a test runs the command */
  async choose(given: unknown): Promise<void> {
    if (typeof given === 'string') return setModelPath(given);
    const choice = await this.#pick();
    if (choice) await this.#act(choice);
  }

  async #act(choice: Choice): Promise<void> {
    switch (choice.kind) {
      case 'use':
        return setModelPath(choice.path);
      case 'demo':
        return setModelPath('');
      case 'browse':
        return this.#browse();
      case 'address':
        return this.download.fromAddress();
      case 'graphics':
        return writeSetting('gpu', undefined);
      case 'download':
        return this.download.start(choice.model);
    }
  }

  async #pick(): Promise<Choice | undefined> {
    const { t } = this;
    const settings = this.settings();
    const found = new Map<string, LocalModel>();
    let doctor: DoctorReport | undefined;
    const picker = vscode.window.createQuickPick<Entry>();
    const stop = new vscode.CancellationTokenSource();
    picker.title = t('Bonsai: Choose Model');
    picker.placeholder = t('Looking for models on this machine');
    picker.matchOnDescription = true;
    picker.matchOnDetail = true;
    picker.keepScrollPosition = true;
    picker.busy = true;
    let proposed: string | undefined;
    const draw = () => {
      const active = picker.activeItems[0]?.label;
      const facts: PickerFacts = {
        ...{ current: settings.modelPath, found: [...found.values()], doctor, gpuOff: settings.gpu === 'off' },
        repositoryTokens: this.client.status.repository?.tokensTotal,
      };
      const items = modelItems(facts, t);
      const best = bestChoice(facts, items)?.label;
      picker.items = items.map(entry);
      // A selection that the person moved is kept.
      const wanted = active === undefined || active === proposed || proposed === undefined ? best : active;
      const same = picker.items.find(({ label, choice }) => choice && label === wanted);
      if (same) picker.activeItems = [same];
      proposed = best;
    };
    draw();
    const folders = settings.modelPath ? [dirname(settings.modelPath)] : [];
    const budget = settings.budget > 0 ? { budget: settings.budget } : {};
    const onFound = (model: LocalModel) => {
      found.set(model.path, model);
      draw();
    };
    const look = () =>
      Promise.all([
        this.tools.find({ folders, ...budget, gpu: settings.gpu }, onFound, stop.token),
        this.client.doctor().then((report) => {
          doctor = report;
          picker.title = `${t('Bonsai: Choose Model')} · ${machineLine(report, t)}`;
          draw();
        }),
      ]);
    const measure = async () => {
      const [{ unusable, cutShort }] = await look();
      for (const { path, reason } of unusable) this.log.info(`${path}: ${reason}`);
      for (const folder of cutShort) this.log.info(t('{0} has too many files; not all were searched.', folder));
      if (doctor?.recommended.every(({ speed }) => speed.measured)) return;
      // Once for each machine; the list can be used meanwhile.
      picker.placeholder = t('Measuring the speed of this machine (a few seconds)');
      await this.tools.measure({ gpu: settings.gpu }, stop.token);
      await look();
    };
    void measure()
      .catch((error: unknown) => toSidecarError(error).code !== 'stopped' && this.log.warn(toSidecarError(error).message))
      .finally(() => {
        picker.busy = false;
        picker.placeholder = t('A model, or where to get one');
      });
    picker.show();
    return new Promise<Choice | undefined>((resolve) => {
      picker.onDidAccept(() => {
        resolve(picker.selectedItems[0]?.choice);
        picker.hide();
      });
      picker.onDidHide(() => resolve(undefined));
    }).finally(() => {
      stop.cancel();
      stop.dispose();
      picker.dispose();
    });
  }

  async #browse(): Promise<void> {
    const files = await vscode.window.showOpenDialog({
      canSelectMany: false,
      title: this.t('Choose a GGUF model file'),
      filters: { [this.t('GGUF models')]: ['gguf'], [this.t('All files')]: ['*'] },
    });
    const file = files?.[0];
    if (file) await setModelPath(file.fsPath);
  }
}

function entry({ choice, ...item }: ModelItem): Entry {
  return choice ? { ...item, choice } : { ...item, kind: vscode.QuickPickItemKind.Separator };
}
