/** The sidecar's whole surface on one screen: each request is validated, handed to Bonsai, and fails with a code. */
import type { MessageConnection, RequestType } from 'vscode-jsonrpc/node';
import * as z from 'zod/mini';
import {
  messages,
  protocolVersion,
  schemas,
  type AnswerDelta,
  type DownloadProgress,
  type LocalModel,
  type RequestErrorData,
} from '../protocol';
import { textToRead, withLineFeeds } from '../repo';
import { Bonsai } from './bonsai';
import { setLogListener } from './engine/llama';
import { BonsaiError } from './errors';
import { listWorkspace } from './memory/catalogue';
import { downloadModel } from './models/downloadModel';
import { findModels } from './models/findModels';
import { measureMachine } from './models/measureMachine';
import { Requests, type Schema } from './requests';
import { Throttle } from './throttle';
import { version } from './version';

export interface Server {
  /** Answers everything, stops what runs and frees the engine. */
  close(): Promise<void>;
}

/** Milliseconds between the answer to shutdown and the end of the process. */
const lastWords = 100;

/** @param exit called when shutdown has been answered */
export function serve(connection: MessageConnection, exit: () => void): Server {
  const bonsai = new Bonsai((status) => send(connection.sendNotification(messages.statusChanged, status)));
  setLogListener((message) => send(connection.sendNotification(messages.log, message)));
  const requests = new Requests(connection);
  const close = () => requests.end(() => bonsai.close());
  const on = <P, R>(
    type: RequestType<P, R, RequestErrorData>,
    schema: Schema<P>,
    run: (params: P, signal: AbortSignal) => Promise<R> | R,
  ) => requests.on(type, schema, run);

  on(messages.initialize, schemas.initializeParams, (params) => {
    if (params.protocolVersion !== protocolVersion)
      throw new BonsaiError(
        'version-mismatch',
        `The editor part speaks protocol ${params.protocolVersion}, the sidecar ${protocolVersion}. Reload the window; if it stays, install the extension again.`,
      );
    return { protocolVersion, version, pid: process.pid, engine: bonsai.engine };
  });
  on(messages.loadModel, schemas.loadModelParams, (params) => bonsai.loadModel(params));
  on(messages.openRepository, schemas.planRepositoryParams, (params, signal) => bonsai.openRepository(params, signal));
  on(messages.readRepository, streaming(schemas.readRepositoryParams), (params, signal) => {
    const { progressToken: to } = params;
    return bonsai.readRepository(params, {
      signal,
      onProgress: (progress) => to !== undefined && send(connection.sendProgress(messages.readProgress, to, progress)),
    });
  });
  on(messages.ask, streaming(schemas.askParams), (params, signal) => {
    const { progressToken: to } = params;
    const tell = (delta: AnswerDelta) => to !== undefined && send(connection.sendProgress(messages.answerDelta, to, delta));
    return bonsai.ask(
      params,
      (text) => tell({ text }),
      signal,
      (ahead) => tell({ text: '', ahead }),
    );
  });
  on(messages.listFiles, schemas.listFilesParams, async ({ folders }) => ({
    files: (await listWorkspace(folders)).files.map(({ path }) => path),
  }));
  on(messages.textToRead, schemas.textToReadParams, ({ path, text }) => ({ text: textToRead(path, withLineFeeds(text)) }));
  on(messages.planRepository, schemas.planRepositoryParams, (params, signal) => bonsai.plan(params, signal));
  on(messages.deleteSaved, schemas.deleteSavedParams, (params) => bonsai.deleteSaved(params));
  on(messages.measureFidelity, streaming(schemas.measureFidelityParams), (params, signal) => {
    const { progressToken: to } = params;
    const onProgress = (done: number, total: number) =>
      to !== undefined && send(connection.sendProgress(messages.fidelityProgress, to, { done, total }));
    return bonsai.measureFidelity({ needles: params.needles, onProgress, signal }).then(({ fidelity }) => fidelity);
  });
  requests.on(messages.savedMemories, nothing, () => bonsai.saved());
  on(messages.findSymbols, schemas.findSymbolsParams, (params) => bonsai.findSymbols(params));
  requests.on(messages.landmarks, nothing, () => bonsai.landmarks());
  connection.onNotification(messages.filesChanged, (raw) => {
    const told = schemas.filesChanged.safeParse(raw);
    // A malformed word about a change still means that something has changed.
    bonsai.filesChanged(told.success ? told.data.paths : []);
  });
  on(messages.complete, schemas.completeParams, (params, signal) => bonsai.complete(params, signal));
  on(messages.cacheMap, schemas.cacheMapParams, (params) => bonsai.cacheMap(params));
  requests.on(messages.currentStatus, nothing, () => bonsai.status());
  requests.on(messages.memoryFiles, nothing, () => bonsai.memoryFiles());
  on(messages.fileAction, schemas.fileActionParams, (params, signal) => bonsai.fileAction(params, signal));
  on(messages.countTokens, schemas.countTokensParams, (params, signal) => bonsai.countTokens(params, signal));
  on(messages.findModels, streaming(schemas.findModelsParams), (params, signal) => {
    const { progressToken: to } = params;
    const onFound = (model: LocalModel) => to !== undefined && send(connection.sendProgress(messages.modelFound, to, model));
    return findModels(params, bonsai.engine === 'bonsai', onFound, signal);
  });
  on(messages.measureMachine, schemas.measureMachineParams, ({ gpu = 'auto' }, signal) => measureMachine(gpu, signal));
  on(messages.downloadModel, streaming(schemas.downloadModelParams), (params, signal) => {
    const { progressToken: to } = params;
    let newest: DownloadProgress | undefined;
    const told = new Throttle(() => newest && to !== undefined && send(connection.sendProgress(messages.downloadProgress, to, newest)));
    const onProgress = (progress: DownloadProgress) => {
      newest = progress;
      told.trigger();
    };
    return downloadModel(params, { signal, onProgress }).finally(() => told.dispose());
  });
  requests.on(messages.doctor, nothing, () => bonsai.doctor());
  requests.onEnd(messages.shutdown, async () => {
    await close();
    // What was sent together with it is refused one message a turn, and each is answered before the process ends.
    setTimeout(exit, lastWords);
    return null;
  });
  return { close };
}

/** Of requests without parameters; what is sent all the same is passed over. */
const nothing = z.unknown();

function streaming<T extends z.core.$ZodShape>(schema: z.ZodMiniObject<T>) {
  return z.extend(schema, { progressToken: z.optional(z.string()) });
}

/** What is pushed is lost with the parent that it was meant for, and the end of the parent is noticed elsewhere. */
function send(sent: Promise<void>): void {
  sent.catch(() => undefined);
}
