/** The sidecar's whole surface on one screen, for one connection: each request is validated, handed to Bonsai, and fails with a code. */
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
  type Status,
} from '../protocol';
import { textToRead, withLineFeeds } from '../repo';
import { BonsaiError, closing, Departed } from './errors';
import type { Host, Member } from './host';
import { listWorkspace } from './memory/catalogue';
import { downloadModel } from './models/downloadModel';
import { findModels } from './models/findModels';
import { measureMachine } from './models/measureMachine';
import { Requests, type Schema } from './requests';
import { Throttle } from './throttle';
import { version } from './version';

export interface Session {
  /** Answers everything, stops what runs, and does what `last` does. */
  end(last: () => Promise<void>): Promise<void>;
  /** The connection is gone: what it asked for is stopped, unless another one waits for it, too. */
  abandon(): void;
}

export interface SessionOptions {
  /** Answered once this is done: all that `shutdown` ends, beside the session. */
  shutDown: () => Promise<void>;
  /** Called when `shutdown` has been answered. */
  exit: () => void;
  /** Nothing is answered before a client has said which protocol it speaks. */
  greetFirst?: boolean;
  /** Called when it has. */
  onGreeted?: () => void;
  /** Whether others go on when this one shuts down: what they wait for, too, is then not stopped. Absent: no. */
  othersStay?: () => boolean;
}

/** Milliseconds between the answer to shutdown and the end of the process. */
const lastWords = 100;

export function serve(connection: MessageConnection, host: Host, options: SessionOptions): Session {
  const { shutDown, exit, greetFirst = false, onGreeted, othersStay } = options;
  const { bonsai } = host;
  const tellStatus = (status: Status) => send(connection.sendNotification(messages.statusChanged, status));
  const member: Member = { onStatus: tellStatus, onLog: (message) => send(connection.sendNotification(messages.log, message)) };
  let greeted = !greetFirst;
  if (greeted) host.join(member);
  const requests = new Requests(connection, (method) =>
    greeted || method === messages.initialize.method
      ? undefined
      : new BonsaiError('bad-request', `Send ${messages.initialize.method} first.`),
  );
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
    if (!greeted) {
      greeted = true;
      host.join(member);
      onGreeted?.();
    }
    return { protocolVersion, version, pid: process.pid, engine: bonsai.engine };
  });
  on(messages.loadModel, schemas.loadModelParams, (params) => host.loadModel(params, member));
  on(messages.openRepository, schemas.planRepositoryParams, (params, signal) => host.openRepository(params, member, signal));
  on(messages.readRepository, streaming(schemas.readRepositoryParams), (params, signal) => {
    const { progressToken: to } = params;
    return host.readRepository(params, member, {
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
  on(messages.findSource, schemas.findSourceParams, (params) => bonsai.findSource(params));
  on(messages.readLines, schemas.readLinesParams, (params) => bonsai.readLines(params));
  requests.on(messages.landmarks, nothing, () => bonsai.landmarks());
  connection.onNotification(messages.filesChanged, (raw) => {
    if (!greeted) return;
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
    await requests.end(shutDown, othersStay?.() ? new Departed() : closing());
    // What was sent together with it is refused one message a turn, and each is answered before the process ends.
    setTimeout(exit, lastWords);
    return null;
  });
  return {
    end: (last) => requests.end(last),
    abandon: () => {
      host.leave(member);
      void requests.end(() => Promise.resolve(), new Departed());
    },
  };
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
