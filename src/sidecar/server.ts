/** The sidecar's whole surface on one screen: each request is validated, handed to Bonsai, and fails with a code. */
import { ResponseError, type CancellationToken, type MessageConnection, type RequestType } from 'vscode-jsonrpc/node';
import * as z from 'zod/mini';
import { messages, protocolVersion, schemas, type DownloadProgress, type LocalModel, type RequestErrorData } from '../protocol';
import { Bonsai } from './bonsai';
import { setLogListener } from './engine/llama';
import { asBonsaiError, BonsaiError, Cancelled } from './errors';
import { listWorkspace } from './memory/catalogue';
import { downloadModel } from './models/downloadModel';
import { findModels } from './models/findModels';
import { Throttle } from './throttle';
import { version } from './version';

/** JSON-RPC's own number for a failure that the method itself reports. */
const requestFailed = -32803;
/** And for a request that was stopped by whoever sent it, or by a newer one. */
const requestCancelled = -32800;

/** @param exit called when shutdown has been answered */
export function serve(connection: MessageConnection, exit: () => void): Bonsai {
  const bonsai = new Bonsai((status) => send(connection.sendNotification(messages.statusChanged, status)));
  setLogListener((message) => send(connection.sendNotification(messages.log, message)));

  const on = <P, R>(
    type: RequestType<P, R, RequestErrorData>,
    schema: Schema<P>,
    run: (params: P, signal: AbortSignal) => Promise<R> | R,
  ) =>
    connection.onRequest(type.method, async (raw: unknown, token: CancellationToken) => {
      try {
        return await run(parse(schema, raw, type.method), signalOf(token));
      } catch (error) {
        return failure(error);
      }
    });

  on(messages.initialize, schemas.initializeParams, (params) => {
    if (params.protocolVersion !== protocolVersion)
      throw new BonsaiError(
        'version-mismatch',
        `The editor part speaks protocol ${params.protocolVersion}, the sidecar ${protocolVersion}. Reload the window; if it stays, install the extension again.`,
      );
    return { protocolVersion, version, pid: process.pid, engine: bonsai.engine };
  });
  on(messages.loadModel, schemas.loadModelParams, (params) => bonsai.loadModel(params));
  on(messages.readRepository, streaming(schemas.readRepositoryParams), (params, signal) => {
    const { progressToken: to } = params;
    return bonsai.readRepository(params, {
      signal,
      onProgress: (progress) => to !== undefined && send(connection.sendProgress(messages.readProgress, to, progress)),
    });
  });
  on(messages.ask, streaming(schemas.askParams), (params, signal) => {
    const { progressToken: to } = params;
    return bonsai.ask(params, (text) => to !== undefined && send(connection.sendProgress(messages.answerDelta, to, { text })), signal);
  });
  on(messages.listFiles, schemas.listFilesParams, async ({ folders }) => ({
    files: (await listWorkspace(folders)).files.map(({ path }) => path),
  }));
  on(messages.planRepository, schemas.planRepositoryParams, (params, signal) => bonsai.plan(params, signal));
  on(messages.deleteSaved, schemas.deleteSavedParams, (params) => bonsai.deleteSaved(params));
  on(messages.measureFidelity, streaming(schemas.measureFidelityParams), (params, signal) => {
    const { progressToken: to } = params;
    const onProgress = (done: number, total: number) =>
      to !== undefined && send(connection.sendProgress(messages.fidelityProgress, to, { done, total }));
    return bonsai.measureFidelity({ needles: params.needles, onProgress, signal }).then(({ fidelity }) => fidelity);
  });
  connection.onRequest(messages.savedMemories, () => bonsai.saved().catch(failure));
  connection.onNotification(messages.filesChanged, (raw) => {
    const told = schemas.filesChanged.safeParse(raw);
    // A malformed word about a change still means that something has changed.
    bonsai.filesChanged(told.success ? told.data.paths : []);
  });
  on(messages.complete, schemas.completeParams, (params, signal) => bonsai.complete(params, signal));
  on(messages.cacheMap, schemas.cacheMapParams, (params) => bonsai.cacheMap(params));
  on(messages.tendFile, schemas.tendFileParams, (params) => bonsai.tendFile(params));
  on(messages.countTokens, schemas.countTokensParams, (params, signal) => bonsai.countTokens(params, signal));
  on(messages.findModels, streaming(schemas.findModelsParams), (params, signal) => {
    const { progressToken: to } = params;
    const onFound = (model: LocalModel) => to !== undefined && send(connection.sendProgress(messages.modelFound, to, model));
    return findModels(params, bonsai.engine === 'bonsai', onFound, signal);
  });
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
  connection.onRequest(messages.doctor, () => bonsai.doctor().catch(failure));
  connection.onRequest(messages.shutdown, async () => {
    await bonsai.close();
    setImmediate(exit);
    return null;
  });
  return bonsai;
}

type Schema<P> = z.ZodMiniType<P>;

function streaming<T extends z.core.$ZodShape>(schema: z.ZodMiniObject<T>) {
  return z.extend(schema, { progressToken: z.optional(z.string()) });
}

function parse<P>(schema: Schema<P>, raw: unknown, method: string): P {
  const result = z.safeParse(schema, raw);
  if (result.success) return result.data;
  throw new BonsaiError('bad-request', `${method} was sent wrong parameters: ${z.prettifyError(result.error)}`);
}

function failure(error: unknown): ResponseError<RequestErrorData> {
  if (error instanceof Cancelled) return new ResponseError(requestCancelled, error.message);
  const { message, code } = asBonsaiError(error);
  return new ResponseError(requestFailed, message, { code });
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort(new Cancelled());
  token.onCancellationRequested(() => controller.abort(new Cancelled()));
  return controller.signal;
}

/** What is pushed is lost with the parent that it was meant for, and the end of the parent is noticed elsewhere. */
function send(sent: Promise<void>): void {
  sent.catch(() => undefined);
}
