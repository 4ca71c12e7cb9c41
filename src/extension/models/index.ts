/** Models on this machine: choosing and downloading one, what to do when it does not fit, and giving its memory back. */
import * as vscode from 'vscode';
import type { Contributions } from '../contributions';
import type { EngineSettings } from '../engine/engineSettings';
import type { SidecarClient } from '../engine/sidecarClient';
import { idleUnloadMinutes } from '../settings';
import type { Translate } from '../util/text';
import { IdleUnload } from './idleUnload';
import { ModelDownload } from './modelDownload';
import { ModelPicker } from './modelPicker';
import { ModelTools } from './modelTools';
import { OutOfMemory } from './outOfMemory';

export interface Models {
  /** Resolves when the model is not just being unloaded. */
  settled(): Promise<void>;
  /** Ends searches and downloads; what was downloaded stays. */
  stop(): Promise<void>;
}

/**
 * @param create a client of a sidecar of its own, for what must not disturb the model
 * @param restore brings the repository back after the model was unloaded
 */
export function addModels(
  parts: Contributions,
  client: SidecarClient,
  create: () => SidecarClient,
  settings: () => EngineSettings,
  restore: () => void,
  log: vscode.LogOutputChannel,
  t: Translate,
): Models {
  const tools = new ModelTools(create);
  const picker = new ModelPicker(client, tools, new ModelDownload(tools, log, t), settings, log, t);
  const idle = new IdleUnload(client, idleUnloadMinutes, restore, t);
  const outOfMemory = new OutOfMemory(client, tools, settings, log, t);
  parts.add('idle unload', () =>
    vscode.Disposable.from(
      idle,
      vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('bonsai.model.idleUnloadMinutes') && idle.refresh()),
    ),
  );
  parts.add('out of memory', () => outOfMemory);
  parts.command('bonsai.chooseModel', (path) => picker.choose(path));
  return { settled: () => idle.settled(), stop: () => tools.dispose() };
}
