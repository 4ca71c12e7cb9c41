/**
 * Everything Bonsai can do, behind one object: the sidecar offers it over JSON-RPC, the command line calls it. It owns
 * the model and what stands on it; at most one model is loaded, and one repository is in memory.
 */
import type {
  Answer,
  AskParams,
  CacheMap,
  CacheMapParams,
  CompleteParams,
  Completion,
  CountTokensParams,
  DeletedSaved,
  DeleteSavedParams,
  DoctorReport,
  EngineKind,
  FindSourceParams,
  FindSymbolsParams,
  FoundSymbols,
  Landmarks,
  MemoryFiles,
  ModelInfo,
  OpenedRepository,
  PlanRepositoryParams,
  ReadLinesParams,
  ReadRepositoryParams,
  ReadSummary,
  RepositoryPlan,
  SavedMemories,
  Status,
  FileActionResult,
  FileActionParams,
  TokenCounts,
  ToolText,
} from '../protocol';
import { Assistant } from './chat/assistant';
import { cacheMap } from './memory/map/cacheMap';
import { Completer } from './ghost/completer';
import { doctor } from './doctor';
import { WorkspaceFiles } from './files/workspaceFiles';
import { log, usualEngine } from './engine/llama';
import { checkModel, loadModel, type LoadedModel, type LoadOptions } from './engine/loadedModel';
import { asBonsaiError, BonsaiError, Cancelled, closing } from './errors';
import { createMemory, type Memory } from './memory/createMemory';
import { memoryFiles } from './memory/map/memoryFiles';
import type { ReadHooks } from './memory/parts';
import { chatLimits } from './models/chatLimits';
import { countTokens } from './models/countTokens';
import { measureFidelity, type FidelityOptions, type FidelityReport } from './recall/fidelity';
import { recallBudget } from './recall/recall';
import { Running, type Activity } from './running';
import { Throttle } from './throttle';

interface Workbench {
  loaded: LoadedModel;
  memory: Memory;
  assistant: Assistant;
  completer: Completer;
}

/** What runs once at a time, and what a second request is told. */
const alone = new Map<Activity, string>([
  ['reading', 'A repository is being read already. Stop it first, or wait for it.'],
  ['measuring', 'Recall is being measured already. Stop it first, or wait for it.'],
]);

export class Bonsai {
  /** What this process was started for; a model may still have to do with llama.cpp's own cache. */
  readonly engine: EngineKind = usualEngine();
  private workbench: Workbench | undefined;
  private loading: Promise<ModelInfo> | undefined;
  private failure: string | undefined;
  private closed = false;
  private readonly throttle: Throttle;
  private readonly running: Running;
  private readonly files = new WorkspaceFiles();

  constructor(onStatus: (status: Status) => void = () => undefined) {
    this.throttle = new Throttle(() => onStatus(this.status()));
    this.running = new Running(() => this.throttle.trigger());
  }

  /** The model in use, or undefined. */
  get loaded(): LoadedModel | undefined {
    return this.workbench?.loaded;
  }

  /** Takes the place of the model in use. A file that cannot be a model leaves everything as it is. */
  async loadModel(params: LoadOptions): Promise<ModelInfo> {
    if (this.closed) throw closing();
    if (this.loading) throw new BonsaiError('busy', 'A model is already being loaded. Wait for it.');
    this.files.storage = params.storage?.folder;
    this.loading = this.replaceModel(params);
    this.throttle.trigger();
    try {
      return await this.loading;
    } finally {
      this.loading = undefined;
      this.throttle.trigger();
    }
  }

  private async replaceModel(params: LoadOptions): Promise<ModelInfo> {
    try {
      await checkModel(params);
    } catch (error) {
      if (!this.workbench) this.failure = asBonsaiError(error).message;
      throw error;
    }
    try {
      await this.unload('The model is being replaced. Try again when the new one is loaded.');
      const loaded = await loadModel(params);
      const memory = await createMemory(loaded, params.storage, () => this.throttle.trigger());
      this.workbench = { loaded, memory, assistant: new Assistant(loaded, memory), completer: new Completer(loaded, memory) };
      this.failure = undefined;
      if (this.closed) await this.unload(closing().message);
      return loaded.info;
    } catch (error) {
      this.failure = asBonsaiError(error).message;
      throw error;
    }
  }

  /** Brings back what is saved of a repository; what asks the model meanwhile waits for it. @throws BonsaiError `folder-missing` */
  async openRepository(params: PlanRepositoryParams, signal?: AbortSignal): Promise<OpenedRepository> {
    const opened = await this.use('restoring', signal, ({ memory }, combined) => memory.open(params, combined));
    // Nobody waits for it: what is asked meanwhile is answered from what is there.
    this.assemble(params).catch((error: unknown) => {
      if (!(error instanceof Cancelled)) log(asBonsaiError(error).message, 'warn');
    });
    return opened;
  }

  private async assemble(params: PlanRepositoryParams): Promise<void> {
    if (!(await this.use('other', undefined, ({ memory }) => memory.canAssemble()))) return;
    const onProgress = () => this.throttle.trigger();
    await this.use('restoring', undefined, ({ memory }, signal) => memory.repository.read(params, { signal, onProgress }));
  }

  readRepository(params: ReadRepositoryParams, hooks: ReadHooks = {}): Promise<ReadSummary> {
    return this.use('reading', hooks.signal, ({ memory }, signal) =>
      memory.repository.read(params, {
        ...hooks,
        signal,
        onProgress: (progress) => {
          this.throttle.trigger();
          hooks.onProgress?.(progress);
        },
      }),
    );
  }

  /** @param onWait told how many answers come first, and 0 when they are written; not when there are none */
  ask(params: AskParams, onDelta: (text: string) => unknown, signal?: AbortSignal, onWait?: (ahead: number) => unknown): Promise<Answer> {
    return this.use('answering', signal, ({ assistant }, combined) => assistant.ask(params, onDelta, combined, onWait));
  }

  complete(params: CompleteParams, signal?: AbortSignal): Promise<Completion> {
    return this.use('completing', signal, ({ completer }, combined) => completer.complete(params, combined));
  }

  plan(params: PlanRepositoryParams, signal?: AbortSignal): Promise<RepositoryPlan> {
    return this.use('other', signal, ({ memory }, combined) => memory.plan(params, combined));
  }

  /** What the editor saw change; nothing to do while no model is loaded, or when everything is read again anyway. */
  filesChanged(paths: readonly string[]): void {
    if (this.workbench && !this.loading) void this.use('other', undefined, ({ memory }) => memory.repository.filesChanged(paths));
  }

  saved(): Promise<SavedMemories> {
    return this.use('other', undefined, ({ memory }) => memory.saved());
  }

  deleteSaved(params: DeleteSavedParams): Promise<DeletedSaved> {
    return this.use('other', undefined, ({ memory }) => memory.deleteSaved(params));
  }

  /** Definitions in the files as they are on disk; none until they were listed. */
  findSymbols({ query, path }: FindSymbolsParams): Promise<FoundSymbols> {
    return this.use('other', undefined, ({ memory }) => Promise.resolve({ symbols: memory.index?.symbols(query, path) ?? [] }));
  }

  /** What a model reads that looks for source in the files as they are on disk. Needs none. @throws BonsaiError `folder-missing` */
  findSource(params: FindSourceParams): Promise<ToolText> {
    return this.files.find(params);
  }

  /** What a model reads of a file. Needs none. @throws BonsaiError `folder-missing` or `bad-request` */
  readLines(params: ReadLinesParams): Promise<ToolText> {
    return this.files.read(params);
  }

  /** What stands out in what was read. */
  landmarks(): Promise<Landmarks> {
    return this.use('other', undefined, ({ memory }) => memory.landmarks());
  }

  cacheMap(params: CacheMapParams): Promise<CacheMap> {
    return this.use('other', undefined, ({ loaded, memory, assistant }) => cacheMap(loaded, memory, params, assistant.recalled));
  }

  memoryFiles(): Promise<MemoryFiles> {
    return this.use('other', undefined, ({ loaded, memory }) => memoryFiles(loaded, memory));
  }

  /** @throws BonsaiError `no-model`, `no-memory`, `busy` or `bad-request`; the signal's reason when stopped */
  fileAction(params: FileActionParams, signal?: AbortSignal): Promise<FileActionResult> {
    return this.use('other', signal, ({ memory }, combined) => memory.fileAction(params, combined));
  }

  /** @throws BonsaiError `no-model`, `no-memory` or `busy`; the signal's reason when stopped */
  measureFidelity(options: FidelityOptions): Promise<FidelityReport> {
    return this.use('measuring', options.signal, async ({ loaded, memory }, signal) => {
      await memory.opened(signal);
      const report = await measureFidelity(loaded, memory, { ...options, signal });
      await memory.remember(report.fidelity);
      return report;
    });
  }

  countTokens(params: CountTokensParams, signal?: AbortSignal): Promise<TokenCounts> {
    return this.use('other', signal, ({ loaded }, combined) => countTokens(loaded, params, combined));
  }

  doctor(): Promise<DoctorReport> {
    return doctor(this.engine, this.loaded?.model.llama);
  }

  /** Stops what runs and frees the engine. */
  async close(): Promise<void> {
    this.closed = true;
    await this.loading?.catch(() => undefined);
    await this.unload(closing().message);
    await this.files.close();
    this.throttle.dispose();
  }

  status(): Status {
    const bench = this.workbench;
    const state = this.state();
    if (!bench) return { state, kvBytes: 0, kvBytesFull: 0, ...(this.failure ? { message: this.failure } : {}) };
    const { loaded } = bench;
    const memory = bench.memory.repository;
    const stats = memory.stats;
    const { room } = loaded.sequences.memory;
    const kept = stats.layers.reduce((sum, layer) => sum + layer.kept, 0);
    const message = this.failure ?? memory.notice ?? loaded.info.notice;
    return {
      state,
      model: loaded.info,
      ...(memory.name === undefined
        ? {}
        : {
            repository: {
              name: memory.name,
              complete: memory.complete,
              tokensRead: memory.tokensRead,
              tokensTotal: memory.tokensTotal,
              tokensKept: Math.round(kept / Math.max(1, stats.layers.length)),
              files: memory.fileCount,
              skipped: memory.skipped.length,
              memory: memory.state,
            },
          }),
      limits: chatLimits(stats.budgets, room, bench.memory.index ? recallBudget(loaded.info.trainedWindow, room, stats.budgets) : 0),
      kvBytes: stats.kvBytes,
      kvBytesFull: stats.kvBytesFull,
      ...(message ? { message } : {}),
    };
  }

  private state(): Status['state'] {
    if (this.loading) return 'loading';
    if (!this.workbench) return this.failure ? 'failed' : 'noModel';
    if (this.running.has('restoring')) return 'restoring';
    if (this.running.has('answering')) return 'answering';
    if (this.running.has('completing')) return 'completing';
    return this.running.has('reading') ? 'reading' : 'ready';
  }

  /**
   * The only way to the model: nothing is awaited between taking it and standing in the list of what runs, so that no
   * work is begun on a model that is being closed.
   * @throws BonsaiError `no-model` or `busy`; Cancelled when Bonsai is closing
   */
  private async use<T>(
    activity: Activity,
    signal: AbortSignal | undefined,
    work: (bench: Workbench, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    while (this.loading && !this.closed) await this.loading.catch(() => undefined);
    if (this.closed) throw closing();
    const bench = this.workbench;
    if (!bench) throw new BonsaiError('no-model', this.failure ?? 'No model is loaded. Choose a model file first.');
    const refusal = alone.get(activity);
    if (refusal !== undefined && this.running.has(activity)) throw new BonsaiError('busy', refusal);
    return this.running.track(activity, signal, (combined) => work(bench, combined));
  }

  private async unload(reason: string): Promise<void> {
    await this.running.stopAll(reason);
    const bench = this.workbench;
    this.workbench = undefined;
    await bench?.memory.close();
    await bench?.loaded.dispose();
  }
}
