/** Policy: any GGUF file on this machine; Bonsai names models that fit but downloads nothing by itself. */
import * as vscode from 'vscode';
import type { DoctorReport } from '../../protocol';
import type { SidecarClient } from '../engine/sidecarClient';
import { modelPath, setModelPath } from '../settings';
import { shortBytes } from '../util/numbers';

type Item = vscode.QuickPickItem & { action?: 'demo' | 'file' | { url: string; name: string } };

/** @param given an absolute path, when another extension or a test runs the command */
export async function chooseModel(client: SidecarClient, log: vscode.LogOutputChannel, given: unknown): Promise<void> {
  if (typeof given === 'string') {
    await setModelPath(given);
    return;
  }
  const action = await pick(client, log);
  if (action === 'demo') await setModelPath('');
  else if (action === 'file') await pickFile();
  else if (action) {
    await vscode.env.openExternal(vscode.Uri.parse(action.url, true));
    const choose = vscode.l10n.t('Choose the file');
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t('When {0} is downloaded, choose its .gguf file.', action.name),
      choose,
    );
    if (answer === choose) await pickFile();
  }
}

async function pick(client: SidecarClient, log: vscode.LogOutputChannel): Promise<Item['action']> {
  const { l10n } = vscode;
  const current = modelPath();
  const own: Item[] = [
    { label: `$(folder-opened) ${l10n.t('Choose a GGUF file…')}`, action: 'file', ...(current ? { description: current } : {}) },
    {
      label: `$(beaker) ${l10n.t('Use the bundled demo model')}`,
      description: l10n.t('6.6M parameters, to see how Bonsai works'),
      action: 'demo',
    },
  ];
  const picker = vscode.window.createQuickPick<Item>();
  picker.title = l10n.t('Bonsai: Choose Model');
  picker.items = own;
  picker.busy = true;
  const chosen = new Promise<Item['action']>((resolve) => {
    picker.onDidAccept(() => {
      resolve(picker.selectedItems[0]?.action);
      picker.hide();
    });
    picker.onDidHide(() => resolve(undefined));
  });
  picker.show();
  void client
    .doctor()
    .then(({ recommended }) => {
      picker.items = [...own, ...recommendedItems(recommended)];
    })
    .catch((error: unknown) => log.warn(String(error)))
    .finally(() => {
      picker.busy = false;
    });
  return chosen.finally(() => picker.dispose());
}

function recommendedItems(recommended: DoctorReport['recommended']): Item[] {
  if (recommended.length === 0) return [];
  const { l10n } = vscode;
  return [
    { label: l10n.t('Fits this machine (opens the download page)'), kind: vscode.QuickPickItemKind.Separator },
    ...recommended.map((model) => ({
      label: `$(cloud-download) ${model.name}`,
      description: `${shortBytes(model.bytes)}${model.fim ? '' : ` · ${l10n.t('no ghost text')}`}`,
      detail: model.why,
      action: { url: model.url, name: model.name },
    })),
  ];
}

async function pickFile(): Promise<void> {
  const files = await vscode.window.showOpenDialog({
    canSelectMany: false,
    title: vscode.l10n.t('Choose a GGUF model file'),
    filters: { [vscode.l10n.t('GGUF models')]: ['gguf'], [vscode.l10n.t('All files')]: ['*'] },
  });
  const file = files?.[0];
  if (file) await setModelPath(file.fsPath);
}
