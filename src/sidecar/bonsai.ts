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
  ModelInfo,
  PlanRepositoryParams,
  ReadRepositoryParams,
  ReadSummary,
  RepositoryPlan,
  SavedMemories,
  Status,
  TendedFile,
  TendFileParams,
  TokenCounts,
} from '../protocol';
import { engineFolderVariable } from '../protocol';
import { Assistant } from './assistant';
import { cacheMap } from './cacheMap';
import { Completer } from './completer';
import { doctor } from './doctor';
import { checkModel, loadModel, type LoadedModel, type LoadOptions } from './engine/loadedModel';
import { asBonsaiError, BonsaiError } from './errors';
import { createMemory, type Memory } from './memory/createMemory';
import type { ReadHooks } from './memory/parts';
import { chatLimits } from './models/chatLimits';
import { countTokens } from './models/countTokens';
import { measureFidelity, type FidelityOptions, type FidelityReport } from './recall/fidelity';
import { recallBudget } from './recall/recall';
import { Running } from './running';
import { Throttle } from './throttle';

interface Workbench {
  loaded: LoadedModel;
  memory: Memory;
  assistant: Assistant;
  completer: Completer;
}

export class Bonsai {
  /** What this process was started for; a model may still have to do with llama.cpp's own cache. */
  readonly engine: EngineKind = process.env[engineFolderVariable] ? 'bonsai' : 'stock';
  private workbench: Workbench | undefined;
  private loading: Promise<ModelInfo> | undefined;
  private failure: string | undefined;
  private closed = false;
  private readonly throttle: Throttle;
  private readonly running: Running;

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
    if (this.loading) throw new BonsaiError('busy', 'A model is being loaded already. Wait for it.');
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
      await this.unload('The model is being replaced.');
      const loaded = await loadModel(params);
      const memory = await createMemory(loaded, params.storage, () => this.throttle.trigger());
      this.workbench = { loaded, memory, assistant: new Assistant(loaded, memory), completer: new Completer(loaded, memory) };
      this.failure = undefined;
      if (this.closed) await this.unload('Bonsai is closing.');
      return loaded.info;
    } catch (error) {
      this.failure = asBonsaiError(error).message;
      throw error;
    }
  }

  async readRepository(params: ReadRepositoryParams, hooks: ReadHooks = {}): Promise<ReadSummary> {
    const { repository } = (await this.ready()).memory;
    if (this.running.has('reading')) throw new BonsaiError('busy', 'A repository is being read already. Stop it first, or wait for it.');
    return this.running.track('reading', hooks.signal, (signal) =>
      repository.read(params, {
        ...hooks,
        signal,
        onProgress: (progress) => {
          this.throttle.trigger();
          hooks.onProgress?.(progress);
        },
      }),
    );
  }

  async ask(params: AskParams, onDelta: (text: string) => unknown, signal?: AbortSignal): Promise<Answer> {
    const { assistant } = await this.ready();
    return this.running.track('answering', signal, (combined) => assistant.ask(params, onDelta, combined));
  }

  async complete(params: CompleteParams, signal?: AbortSignal): Promise<Completion> {
    const { completer } = await this.ready();
    return this.running.track('completing', signal, (combined) => completer.complete(params, combined));
  }

  async plan(params: PlanRepositoryParams, signal?: AbortSignal): Promise<RepositoryPlan> {
    const { memory } = await this.ready();
    return memory.plan(params, signal);
  }

  /** What the editor saw change; nothing to do while no model is loaded. */
  filesChanged(paths: readonly string[]): void {
    void this.workbench?.memory.repository.filesChanged(paths);
  }

  async saved(): Promise<SavedMemories> {
    return (await this.ready()).memory.saved();
  }

  async deleteSaved({ ids }: DeleteSavedParams): Promise<DeletedSaved> {
    return (await this.ready()).memory.deleteSaved(ids);
  }

  async cacheMap(params: CacheMapParams): Promise<CacheMap> {
    const { loaded, memory } = await this.ready();
    return cacheMap(loaded, memory, params);
  }

  /** @throws BonsaiError `no-model`, `no-memory`, `busy` or `bad-request` */
  async tendFile(params: TendFileParams): Promise<TendedFile> {
    return (await this.ready()).memory.tend(params);
  }

  /** @throws BonsaiError `no-model`, `no-memory` or `busy`; the signal's reason when stopped */
  async measureFidelity(options: FidelityOptions): Promise<FidelityReport> {
    const { loaded, memory } = await this.ready();
    if (this.running.has('measuring')) throw new BonsaiError('busy', 'Recall is being measured already. Stop it first, or wait for it.');
    return this.running.track('measuring', options.signal, async (signal) => {
      const report = await measureFidelity(loaded, memory, { ...options, signal });
      await memory.remember(report.fidelity);
      return report;
    });
  }

  async countTokens(params: CountTokensParams, signal?: AbortSignal): Promise<TokenCounts> {
    const { loaded } = await this.ready();
    return countTokens(loaded, params, signal);
  }

  doctor(): Promise<DoctorReport> {
    return doctor(this.engine);
  }

  /** Stops what runs and frees the engine. */
  async close(): Promise<void> {
    this.closed = true;
    await this.loading?.catch(() => undefined);
    await this.unload('Bonsai is closing.');
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
      limits: chatLimits(stats.budgets, room, memory.name === undefined ? 0 : recallBudget(loaded.info.trainedWindow, room)),
      kvBytes: stats.kvBytes,
      kvBytesFull: stats.kvBytesFull,
      ...(message ? { message } : {}),
    };
  }

  private state(): Status['state'] {
    if (this.loading) return 'loading';
    if (!this.workbench) return this.failure ? 'failed' : 'noModel';
    if (this.running.has('answering')) return 'answering';
    if (this.running.has('completing')) return 'completing';
    return this.running.has('reading') ? 'reading' : 'ready';
  }

  private async ready(): Promise<Workbench> {
    await this.loading?.catch(() => undefined);
    if (!this.workbench) throw new BonsaiError('no-model', this.failure ?? 'No model is loaded. Choose a model file first.');
    return this.workbench;
  }

  private async unload(reason: string): Promise<void> {
    await this.running.stopAll(reason);
    const bench = this.workbench;
    this.workbench = undefined;
    await bench?.memory.close();
    await bench?.loaded.dispose();
  }
}
