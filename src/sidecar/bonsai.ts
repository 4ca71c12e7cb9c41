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
  DoctorReport,
  EngineKind,
  ModelInfo,
  ReadRepositoryParams,
  ReadSummary,
  Status,
  TokenCounts,
} from '../protocol';
import { engineFolderVariable } from '../protocol';
import { Assistant } from './assistant';
import { cacheMap } from './cacheMap';
import { Completer } from './completer';
import { doctor } from './doctor';
import { checkModel, loadModel, type LoadedModel, type LoadOptions } from './engine/loadedModel';
import { asBonsaiError, BonsaiError } from './errors';
import { chatLimits } from './models/chatLimits';
import { countTokens } from './models/countTokens';
import { RepositoryMemory, type ReadHooks } from './repositoryMemory';
import { Running } from './running';
import { Throttle } from './throttle';

interface Workbench {
  loaded: LoadedModel;
  memory: RepositoryMemory;
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
      const memory = new RepositoryMemory(loaded);
      this.workbench = { loaded, memory, assistant: new Assistant(loaded, memory), completer: new Completer(loaded) };
      this.failure = undefined;
      if (this.closed) await this.unload('Bonsai is closing.');
      return loaded.info;
    } catch (error) {
      this.failure = asBonsaiError(error).message;
      throw error;
    }
  }

  async readRepository(params: ReadRepositoryParams, hooks: ReadHooks = {}): Promise<ReadSummary> {
    const { memory } = await this.ready();
    if (this.running.has('reading')) throw new BonsaiError('busy', 'A repository is being read already. Stop it first, or wait for it.');
    return this.running.track('reading', hooks.signal, (signal) =>
      memory.read(params, {
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

  async cacheMap(params: CacheMapParams): Promise<CacheMap> {
    const { loaded, memory } = await this.ready();
    return cacheMap(loaded, memory, params);
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
    const { loaded, memory } = bench;
    const stats = memory.stats;
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
              files: memory.files.length,
              skipped: memory.skipped.length,
              memory: { paused: !memory.complete && !this.running.has('reading'), behind: 0, journalFiles: 0, journalTokens: 0 },
            },
          }),
      limits: chatLimits(stats.budgets, loaded.cache.capacity - loaded.sequences.memory.position),
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
    await bench?.loaded.dispose();
  }
}
