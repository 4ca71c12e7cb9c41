/**
 * Searching for models, measuring and downloading happen in a sidecar of their own, one for each, which ends with its
 * work. A download outlives a change of settings, and reading headers never makes the editor's ghost text wait.
 */
import type { CancellationToken } from 'vscode-jsonrpc/node';
import type {
  DownloadedModel,
  DownloadModelParams,
  DownloadProgress,
  FindModelsParams,
  FoundModels,
  LocalModel,
  MachineSpeed,
  MeasureMachineParams,
} from '../../protocol';
import * as messages from '../../protocol/messages';
import type { SidecarClient } from '../engine/sidecarClient';

export class ModelTools {
  readonly #running = new Set<SidecarClient>();

  /** @param create a client that has started nothing yet */
  constructor(private readonly create: () => SidecarClient) {}

  /** @param onFound told of each model as soon as it is known */
  find(params: FindModelsParams, onFound: (model: LocalModel) => void, token: CancellationToken): Promise<FoundModels> {
    return this.#with((client) =>
      client.request(token, 'explicit', false, (connection, inner) =>
        client.streaming(connection, messages.modelFound, onFound, (progressToken) =>
          connection.sendRequest(messages.findModels, { ...params, progressToken }, inner),
        ),
      ),
    );
  }

  /** Measures the machine, unless that was done before. */
  measure(params: MeasureMachineParams, token: CancellationToken): Promise<MachineSpeed> {
    return this.#with((client) =>
      client.request(token, 'explicit', false, (connection, inner) => connection.sendRequest(messages.measureMachine, params, inner)),
    );
  }

  download(
    params: DownloadModelParams,
    onProgress: (progress: DownloadProgress) => void,
    token: CancellationToken,
  ): Promise<DownloadedModel> {
    return this.#with((client) =>
      client.request(token, 'explicit', false, (connection, inner) =>
        client.streaming(connection, messages.downloadProgress, onProgress, (progressToken) =>
          connection.sendRequest(messages.downloadModel, { ...params, progressToken }, inner),
        ),
      ),
    );
  }

  /** Ends what runs. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#running].map((client) => client.stop()));
  }

  async #with<T>(work: (client: SidecarClient) => Promise<T>): Promise<T> {
    const client = this.create();
    this.#running.add(client);
    try {
      return await work(client);
    } finally {
      await client.stop();
      this.#running.delete(client);
    }
  }
}
