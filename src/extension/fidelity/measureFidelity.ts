/** Measuring takes a while and the engine, so it shows how far it is and can be stopped; the result stays in the status. */
import * as vscode from 'vscode';
import type { Fidelity } from '../../protocol';
import type { MemoryRequests } from '../engine/memoryRequests';
import type { SidecarClient } from '../engine/sidecarClient';
import { toSidecarError } from '../engine/sidecarError';
import type { Translate } from '../util/text';
import { fidelityMessage } from './fidelityText';

export async function measureFidelity(
  client: Pick<SidecarClient, 'status'>,
  requests: MemoryRequests,
  t: Translate,
): Promise<Fidelity | undefined> {
  if (!client.status.repository) {
    const read = t('Read repository');
    const chosen = await vscode.window.showInformationMessage(t('No repository is in memory, so there is nothing to measure.'), read);
    if (chosen === read) await vscode.commands.executeCommand('bonsai.readRepository');
    return undefined;
  }
  const fidelity = await measured(requests, t);
  if (fidelity) void vscode.window.showInformationMessage(fidelityMessage(fidelity, t));
  return fidelity;
}

/** Nothing when the person stopped it. */
async function measured(requests: MemoryRequests, t: Translate): Promise<Fidelity | undefined> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    cancellable: true,
    title: t('Bonsai: measuring memory fidelity'),
  };
  try {
    return await vscode.window.withProgress(options, (notification, token) => {
      let shown = 0;
      return requests.measureFidelity(({ done, total }) => {
        notification.report({ message: t('{0} of {1}', done, total), increment: (100 * (done - shown)) / Math.max(1, total) });
        shown = done;
      }, token);
    });
  } catch (error) {
    if (toSidecarError(error).code === 'stopped') return undefined;
    throw error;
  }
}
