/**
 * The sidecar's whole surface: requests the extension sends, notifications the sidecar pushes. Transport is JSON-RPC
 * (vscode-jsonrpc) over the child's IPC channel; cancellation is the library's `$/cancelRequest`, streaming its
 * `$/progress` with a token that travels beside the parameters.
 */
import { NotificationType, ProgressType, RequestType, RequestType0 } from 'vscode-jsonrpc';
import type * as s from './schemas';

/** A request whose partial results stream under `progressToken`. */
export type Streaming<T> = T & { progressToken?: string };

export const initialize = new RequestType<s.InitializeParams, s.InitializeResult, RequestErrorData>('bonsai/initialize');
export const loadModel = new RequestType<s.LoadModelParams, s.ModelInfo, RequestErrorData>('bonsai/loadModel');
/** Brings back what is saved of these folders and reads nothing; what asks the model meanwhile waits for it. */
export const openRepository = new RequestType<s.PlanRepositoryParams, s.OpenedRepository, RequestErrorData>('bonsai/openRepository');
export const readRepository = new RequestType<Streaming<s.ReadRepositoryParams>, s.ReadSummary, RequestErrorData>('bonsai/readRepository');
export const ask = new RequestType<Streaming<s.AskParams>, s.Answer, RequestErrorData>('bonsai/ask');
export const complete = new RequestType<s.CompleteParams, s.Completion, RequestErrorData>('bonsai/complete');
export const cacheMap = new RequestType<s.CacheMapParams, s.CacheMap, RequestErrorData>('bonsai/cacheMap');
/** What is pushed when it changes, of this moment. */
export const currentStatus = new RequestType0<s.Status, RequestErrorData>('bonsai/currentStatus');
/** Each file in memory once; see `schemas.memoryFiles`. */
export const memoryFiles = new RequestType0<s.MemoryFiles, RequestErrorData>('bonsai/memoryFiles');
export const listFiles = new RequestType<s.ListFilesParams, s.ListedFiles, RequestErrorData>('bonsai/listFiles');
export const textToRead = new RequestType<s.TextToReadParams, s.ReadText, RequestErrorData>('bonsai/textToRead');
export const planRepository = new RequestType<s.PlanRepositoryParams, s.RepositoryPlan, RequestErrorData>('bonsai/planRepository');
export const savedMemories = new RequestType0<s.SavedMemories, RequestErrorData>('bonsai/savedMemories');
export const deleteSaved = new RequestType<s.DeleteSavedParams, s.DeletedSaved, RequestErrorData>('bonsai/deleteSaved');
export const findSymbols = new RequestType<s.FindSymbolsParams, s.FoundSymbols, RequestErrorData>('bonsai/findSymbols');
export const findSource = new RequestType<s.FindSourceParams, s.ToolText, RequestErrorData>('bonsai/findSource');
export const readLines = new RequestType<s.ReadLinesParams, s.ToolText, RequestErrorData>('bonsai/readLines');
export const landmarks = new RequestType0<s.Landmarks, RequestErrorData>('bonsai/landmarks');
export const measureFidelity = new RequestType<Streaming<s.MeasureFidelityParams>, s.Fidelity, RequestErrorData>('bonsai/measureFidelity');
export const fileAction = new RequestType<s.FileActionParams, s.FileActionResult, RequestErrorData>('bonsai/fileAction');
export const countTokens = new RequestType<s.CountTokensParams, s.TokenCounts, RequestErrorData>('bonsai/countTokens');
export const findModels = new RequestType<Streaming<s.FindModelsParams>, s.FoundModels, RequestErrorData>('bonsai/findModels');
export const measureMachine = new RequestType<s.MeasureMachineParams, s.MachineSpeed, RequestErrorData>('bonsai/measureMachine');
export const downloadModel = new RequestType<Streaming<s.DownloadModelParams>, s.DownloadedModel, RequestErrorData>('bonsai/downloadModel');
export const doctor = new RequestType0<s.DoctorReport, RequestErrorData>('bonsai/doctor');
/** Finishes what runs, frees the engine and answers; the process exits by itself afterwards. */
export const shutdown = new RequestType0<null, RequestErrorData>('bonsai/shutdown');

/** Told by the editor; the sidecar looks for itself. */
export const filesChanged = new NotificationType<s.FilesChanged>('bonsai/filesChanged');
export const statusChanged = new NotificationType<s.Status>('bonsai/status');
export const log = new NotificationType<s.LogMessage>('bonsai/log');

export const readProgress = new ProgressType<s.ReadProgress>();
export const fidelityProgress = new ProgressType<s.FidelityProgress>();
/** Each model as soon as its header was read, which takes up to a second for large vocabularies. */
export const modelFound = new ProgressType<s.LocalModel>();
export const downloadProgress = new ProgressType<s.DownloadProgress>();
export const answerDelta = new ProgressType<s.AnswerDelta>();

/** `data` of a failed request: a stable code to switch on; `message` is the sentence shown to the person. */
export interface RequestErrorData {
  code: ErrorCode;
}

export const errorCodes = [
  'version-mismatch',
  'no-model',
  'model-missing',
  'model-not-gguf',
  'model-truncated',
  'model-unsupported',
  'out-of-memory',
  'folder-missing',
  'nothing-to-read',
  'no-fim',
  'context-full',
  'busy',
  'no-memory',
  'storage',
  'download',
  'bad-request',
  'engine-failed',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** The code in the `data` of a failed request; undefined where there is none that is known. */
export function errorCodeOf(data: unknown): ErrorCode | undefined {
  if (typeof data !== 'object' || data === null || !('code' in data)) return undefined;
  return errorCodes.find((code) => code === data.code);
}
