/**
 * The one Bonsai of this process and the clients that share it. All hear what changes. Of what changes it for all: whoever wants
 * the same as is there, or on its way, gets that; whoever wants something else is refused while others are there.
 */
import type {
  LoadModelParams,
  LogMessage,
  ModelInfo,
  OpenedRepository,
  PlanRepositoryParams,
  ReadProgress,
  ReadRepositoryParams,
  ReadSummary,
  Status,
} from '../protocol';
import { canonical } from '../protocol/sharedPlace';
import { Bonsai } from './bonsai';
import { setLogListener } from './engine/llama';
import { BonsaiError, Cancelled, Departed } from './errors';

/** One client. */
export interface Member {
  onStatus(status: Status): void;
  onLog(message: LogMessage): void;
}

interface Reading {
  what: string;
  stop: AbortController;
  waiting: Map<Member, (progress: ReadProgress) => unknown>;
  done: Promise<ReadSummary>;
}

interface Hooks {
  signal: AbortSignal;
  onProgress: (progress: ReadProgress) => unknown;
}

export class Host {
  readonly bonsai: Bonsai;
  private readonly members = new Set<Member>();
  private model: { what: string; info: Promise<ModelInfo> } | undefined;
  private opening: { what: string; done: Promise<OpenedRepository> } | undefined;
  private reading: Reading | undefined;
  /** What is in memory, or on its way there. */
  private folders: string | undefined;

  /** @param shared whether several clients may come, and may come again: the same is then not done twice */
  constructor(private readonly shared: boolean) {
    this.bonsai = new Bonsai((status) => {
      for (const member of this.members) member.onStatus(status);
    });
    setLogListener((message) => {
      for (const member of this.members) member.onLog(message);
    });
  }

  join(member: Member): void {
    this.members.add(member);
    // Nothing may change for a long time. A turn later: what the client waits for is answered first.
    if (this.shared) setImmediate(() => this.members.has(member) && member.onStatus(this.bonsai.status()));
  }

  leave(member: Member): void {
    this.members.delete(member);
  }

  close(): Promise<void> {
    return this.bonsai.close();
  }

  /** @throws BonsaiError `busy` when others use a model with other settings */
  async loadModel(params: LoadModelParams, member: Member): Promise<ModelInfo> {
    if (!this.shared) return this.bonsai.loadModel(params);
    const what = canonical(params);
    if (this.model?.what !== what) {
      if (this.model)
        this.mustBeAlone(
          'The engine is used by other windows or agents with other settings. Close them, or set bonsai.shareEngine to false.',
        );
      this.forget();
      const info = this.bonsai.loadModel(params);
      const model = { what, info };
      this.model = model;
      info.catch(() => {
        // So that the next attempt is one.
        if (this.model === model) this.model = undefined;
      });
    }
    const info = await this.model.info;
    member.onStatus(this.bonsai.status());
    return info;
  }

  /** Whoever opens what another one has opened gets it as it is, also while it is being read. @throws BonsaiError `busy` when others use other folders */
  async openRepository(params: PlanRepositoryParams, member: Member, signal: AbortSignal): Promise<OpenedRepository> {
    if (!this.shared) return this.bonsai.openRepository(params, signal);
    this.mustBeTheirs(params.folders);
    const what = canonical(params.folders);
    if (this.opening?.what !== what) {
      // It is for all: it does not end with the one that asked for it first.
      const done = this.bonsai.openRepository(params);
      const opening = { what, done };
      this.opening = opening;
      done.catch(() => {
        if (this.opening === opening) this.opening = undefined;
      });
      return done;
    }
    const { notes } = await this.opening.done;
    // While nobody was there to say so, anything may have changed.
    this.bonsai.filesChanged([]);
    const status = this.bonsai.status();
    member.onStatus(status);
    const { tokensRead = 0, tokensTotal = 0, complete = false } = status.repository ?? {};
    return { restoredTokens: tokensRead, tokensToRead: complete ? 0 : Math.max(0, tokensTotal - tokensRead), notes };
  }

  /**
   * One reading for all who want the same. Whoever stops it, stops it for all, and all are told; whoever leaves does not.
   * @throws BonsaiError `busy` when something else is being read, or others use other folders
   */
  readRepository(params: ReadRepositoryParams, member: Member, hooks: Hooks): Promise<ReadSummary> {
    if (!this.shared) return this.bonsai.readRepository(params, hooks);
    this.mustBeTheirs(params.folders);
    const { folders, maxTokens, again } = params;
    const what = canonical({ folders, maxTokens, again });
    const running = this.reading;
    const reading = running?.what === what && !running.waiting.has(member) ? running : this.read(params, what, running !== undefined);
    return this.wait(reading, member, hooks);
  }

  private read(params: ReadRepositoryParams, what: string, refused: boolean): Reading {
    const stop = new AbortController();
    const waiting: Reading['waiting'] = new Map();
    const onProgress = (progress: ReadProgress) => {
      for (const tell of waiting.values()) tell(progress);
    };
    const done = this.bonsai.readRepository(params, { signal: stop.signal, onProgress });
    const reading = { what, stop, waiting, done };
    const over = () => {
      if (this.reading === reading) this.reading = undefined;
    };
    done.then(over, over);
    // One that is refused because another one is running does not take its place.
    if (!refused) this.reading = reading;
    return reading;
  }

  private async wait({ waiting, stop, done }: Reading, member: Member, { signal, onProgress }: Hooks): Promise<ReadSummary> {
    waiting.set(member, onProgress);
    const stopped = () => {
      waiting.delete(member);
      const left = signal.reason instanceof Departed;
      if (!left || waiting.size === 0) stop.abort(signal.reason instanceof Cancelled ? signal.reason : new Cancelled());
    };
    if (signal.aborted) stopped();
    signal.addEventListener('abort', stopped, { once: true });
    try {
      return await done;
    } finally {
      signal.removeEventListener('abort', stopped);
      waiting.delete(member);
    }
  }

  private mustBeTheirs(folders: readonly string[]): void {
    const what = canonical(folders);
    if (this.folders !== undefined && this.folders !== what)
      this.mustBeAlone('The engine is used by other windows or agents for other folders. Close them, or set bonsai.shareEngine to false.');
    this.folders = what;
    if (this.opening && this.opening.what !== what) this.opening = undefined;
  }

  private mustBeAlone(refusal: string): void {
    if (this.members.size > 1) throw new BonsaiError('busy', refusal);
  }

  private forget(): void {
    this.model = undefined;
    this.opening = undefined;
    this.folders = undefined;
  }
}
