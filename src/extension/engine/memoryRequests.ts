/** Everything that is asked of the repository memory, each as one request of the client, which starts the sidecar. */
import type { CancellationToken } from 'vscode-jsonrpc/node';
import type * as p from '../../protocol';
import * as messages from '../../protocol/messages';
import type { SidecarClient } from './sidecarClient';

export class MemoryRequests {
  constructor(private readonly client: Pick<SidecarClient, 'request' | 'streaming' | 'notify'>) {}

  /** What reading would cost; reads nothing into the memory. */
  plan(params: p.PlanRepositoryParams, token: CancellationToken): Promise<p.RepositoryPlan> {
    return this.client.request(token, 'explicit', true, (connection, inner) =>
      connection.sendRequest(messages.planRepository, params, inner),
    );
  }

  /** Restores what is saved and reads the rest. Cancelling pauses: the summary then says how far it came. */
  read(params: p.ReadRepositoryParams, onProgress: (progress: p.ReadProgress) => void, token: CancellationToken): Promise<p.ReadSummary> {
    return this.client.request(token, 'explicit', true, (connection, inner) =>
      this.client.streaming(connection, messages.readProgress, onProgress, (progressToken) =>
        connection.sendRequest(messages.readRepository, { ...params, progressToken }, inner),
      ),
    );
  }

  /** Tells a running sidecar which files changed (absolute paths; none: anything may have); starts nothing. */
  filesChanged(paths: string[]): void {
    this.client.notify((connection) => connection.sendNotification(messages.filesChanged, { paths }));
  }

  /** Needs the model, because the sidecar learns with it where memories are saved. */
  saved(): Promise<p.SavedMemories> {
    return this.client.request(undefined, 'explicit', true, (connection) => connection.sendRequest(messages.savedMemories));
  }

  deleteSaved(params: p.DeleteSavedParams = {}): Promise<p.DeletedSaved> {
    return this.client.request(undefined, 'explicit', true, (connection) => connection.sendRequest(messages.deleteSaved, params));
  }

  /** Pins, drops or reads again one file, and waits for it. */
  fileAction(params: p.FileActionParams): Promise<p.FileActionResult> {
    return this.client.request(undefined, 'explicit', true, (connection) => connection.sendRequest(messages.fileAction, params));
  }

  measureFidelity(onProgress: (progress: p.FidelityProgress) => void, token: CancellationToken): Promise<p.Fidelity> {
    return this.client.request(token, 'explicit', true, (connection, inner) =>
      this.client.streaming(connection, messages.fidelityProgress, onProgress, (progressToken) =>
        connection.sendRequest(messages.measureFidelity, { progressToken }, inner),
      ),
    );
  }
}
