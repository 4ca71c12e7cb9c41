/**
 * The sidecar is started by the first action that needs it and the model is loaded once per start. Requests
 * fail with a {@link SidecarError}; a process that dies marks the status failed, and the next action starts another.
 * Knows nothing of the editor, so it is tested with a real child process alone.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Emitter, type CancellationToken, type MessageConnection } from 'vscode-jsonrpc/node';
import type * as p from '../../protocol';
import * as messages from '../../protocol/messages';
import { joinSidecar, type SharedSidecar } from '../../protocol/sharedSidecar';
import { sharedKey, type SharedIdentity } from '../../protocol/sharedPlace';
import type { ExitReport, Sidecar } from '../../protocol/sidecar';
import { SidecarProcess } from '../../protocol/sidecarProcess';
import type { Translate } from '../util/text';
import { adviceFrom } from './advice';
import { loadParams, type EngineSettings } from './engineSettings';
import { PendingWork } from './pendingWork';
import { SidecarError, toSidecarError } from './sidecarError';
import { Supervisor } from './supervisor';

export interface SidecarClientOptions {
  /** Absolute path of the folder that holds `sidecar.mjs`. */
  distFolder: string;
  /** Extension name and version, for the sidecar's log. */
  clientName: string;
  settings: () => EngineSettings;
  /** What is open in the editor and may be read: what is saved of it comes back with the model. Absent: nothing. */
  workspace?: () => p.PlanRepositoryParams | undefined;
  log: (message: p.LogMessage) => void;
  /** Whether the sidecar is shared with other clients that want the same. Absent: no. */
  shared?: () => boolean;
  /** Puts changed settings into effect that still wait for the person to finish typing; an action must not run before. */
  settle?: () => Promise<void>;
  t: Translate;
  supervisor?: Supervisor;
}

/** Typing waits for nothing and says nothing; a person's action waits for a start that was put off. */
export type Urgency = 'explicit' | 'typing';

const shutdownPatience = 3000;
/** Nobody waits for it, and there may be much to save. */
const sleepPatience = 60_000;
const asleep: p.Status = { state: 'noModel', kvBytes: 0, kvBytesFull: 0 };
const resting: readonly p.State[] = ['noModel', 'ready', 'failed'];

export class SidecarClient {
  readonly #statusEmitter = new Emitter<p.Status>();
  readonly onStatus = this.#statusEmitter.event;
  readonly #loadFailures = new Emitter<SidecarError>();
  /** The model could not be loaded, whichever action needed it. */
  readonly onLoadFailure = this.#loadFailures.event;
  readonly #openings = new Emitter<p.OpenedRepository>();
  /** What was saved of the workspace is in memory, as far as there was anything. */
  readonly onOpened = this.#openings.event;
  readonly #work = new PendingWork();
  readonly #supervisor: Supervisor;
  #status: p.Status = asleep;
  #process: Sidecar | undefined;
  #started: Promise<Sidecar> | undefined;
  /** What the shared sidecar is shared for. */
  #key: string | undefined;
  #loaded: Promise<p.ModelInfo> | undefined;
  #stopping = false;
  #advice = '';
  /** Stands until the next attempt: the sidecar may still hold the model of before, which is not the one asked for. */
  #loadFailure: p.Status | undefined;
  /** The repository a dead process took with it; typing may start another process, which must not hide the loss. */
  #lost: string | undefined;

  constructor(private readonly options: SidecarClientOptions) {
    this.#supervisor = options.supervisor ?? new Supervisor();
  }

  get status(): p.Status {
    return this.#status;
  }

  get pid(): number | undefined {
    return this.#process?.alive ? this.#process.pid : undefined;
  }

  /** Whether a model is loaded or being loaded. */
  get loaded(): boolean {
    return this.#loaded !== undefined;
  }

  load(): Promise<p.ModelInfo> {
    return this.request(undefined, 'explicit', true, async () => this.#loaded ?? Promise.reject(new Error('The model was unloaded.')));
  }

  /** Brings back what is saved of the workspace as it is now; loading a model does so by itself, so nothing is loaded for it. */
  openWorkspace(): void {
    const process = this.#process;
    if (!process?.alive || !this.#loaded) return;
    if (process.shared && this.#key !== sharedKey(this.#identity())) {
      // Others go on with the folders of before.
      this.reload().catch((error: unknown) => this.options.log({ level: 'warn', text: toSidecarError(error).message }));
      return;
    }
    void this.#loaded.then(
      () => this.#open(process),
      () => undefined,
    );
  }

  ask(params: p.AskParams, onDelta: (delta: p.AnswerDelta) => void, token: CancellationToken): Promise<p.Answer> {
    return this.request(token, 'explicit', true, (connection, inner) =>
      this.streaming(connection, messages.answerDelta, onDelta, (progressToken) =>
        connection.sendRequest(messages.ask, { ...params, progressToken }, inner),
      ),
    );
  }

  complete(params: p.CompleteParams, urgency: Urgency, token: CancellationToken): Promise<p.Completion> {
    return this.request(token, urgency, true, (connection, inner) => connection.sendRequest(messages.complete, params, inner));
  }

  /** Asks a sidecar that has a model; nothing when there is none, for nothing is started. @throws as the sidecar answers */
  async whileLoaded<T>(send: (connection: MessageConnection) => Promise<T>): Promise<T | undefined> {
    return this.#process?.alive && this.#status.model ? send(this.#process.connection) : undefined;
  }

  /** The picture of the cache, or nothing when no model is loaded. */
  cacheMap(params: p.CacheMapParams): Promise<p.CacheMap | undefined> {
    return this.whileLoaded((connection) => connection.sendRequest(messages.cacheMap, params));
  }

  doctor(): Promise<p.DoctorReport> {
    return this.request(undefined, 'explicit', false, (connection) => connection.sendRequest(messages.doctor));
  }

  /**
   * Starts the sidecar and loads the model as far as needed, then sends. Whatever goes wrong is a {@link SidecarError};
   * a cancelled request fails with `stopped` unless the sidecar answered it all the same.
   */
  async request<T>(
    token: CancellationToken | undefined,
    urgency: Urgency,
    needsModel: boolean,
    send: (connection: MessageConnection, token: CancellationToken) => Promise<T>,
  ): Promise<T> {
    await this.options.settle?.();
    return this.#work.run(token, async (inner) => {
      let process: Sidecar | undefined;
      try {
        process = await this.#start(urgency);
        if (needsModel) await this.#load(process);
        if (inner.isCancellationRequested) throw new SidecarError('stopped', this.options.t('Stopped.'));
        return await send(process.connection, inner);
      } catch (error) {
        if (inner.isCancellationRequested) throw new SidecarError('stopped', this.options.t('Stopped.'));
        throw await this.#explain(error, process);
      }
    });
  }

  /** Sends with a progress token and hands on what streams under it until the answer has come. */
  async streaming<P, R>(
    connection: MessageConnection,
    type: Parameters<typeof connection.onProgress<P>>[0],
    handler: (value: P) => void,
    send: (progressToken: string) => Promise<R>,
  ): Promise<R> {
    const progressToken = randomUUID();
    const listening = connection.onProgress<P>(type, progressToken, handler);
    try {
      return await send(progressToken);
    } finally {
      listening.dispose();
    }
  }

  /** Tells the sidecar something, if one runs and has a model or is loading it; never starts anything. */
  notify(send: (connection: MessageConnection) => Promise<void>): void {
    if (!this.#process?.alive || !this.loaded) return;
    // A channel that closes at this moment is noticed where the process ends.
    void send(this.#process.connection).catch(() => undefined);
  }

  /** Loads the model again with the settings of now; what was read is forgotten. Does nothing while none is loaded. */
  async reload(): Promise<void> {
    if (!this.loaded) return;
    this.#work.cancelAll();
    await this.#work.until(() => this.#work.count === 0);
    // With other settings it is another one.
    if (this.#process?.shared) await this.#shutDown(shutdownPatience);
    this.#stopping = false;
    this.#loaded = undefined;
    await this.load();
  }

  /** Ends the process, forgets its failures and lets the next action start a fresh one. */
  async restart(): Promise<void> {
    this.#work.cancelAll();
    await this.#shutDown(shutdownPatience);
    this.#supervisor.reset();
    this.#stopping = false;
    this.#lost = undefined;
    this.#setStatus(asleep);
  }

  /**
   * Ends the process and with it the model; the next action starts both again. Nobody may be using it.
   * @param why shown until then
   */
  async sleep(why: string): Promise<void> {
    await this.#shutDown(sleepPatience);
    this.#stopping = false;
    this.#setStatus({ ...asleep, message: why });
  }

  /** Ends the process; a shared one is left, and ends by itself when nobody comes back. Nothing starts afterwards. */
  async stop(): Promise<void> {
    if (this.#process?.shared) this.#process.kill();
    await this.#shutDown(shutdownPatience);
  }

  /**
   * Asks the process to end, and kills it when it takes too long. One that others use, too, goes on without us.
   * Nothing starts until `#stopping` is taken back.
   * @param patience milliseconds
   */
  async #shutDown(patience: number): Promise<void> {
    this.#stopping = true;
    // One that is just being joined is left again.
    if (!this.#process) await this.#started?.catch(() => undefined);
    const process = this.#process;
    if (!process) return;
    if (process.alive) {
      const asked = process.connection.sendRequest(messages.shutdown).catch(() => null);
      await Promise.race([asked.then(() => process.exited), process.exited, delay(patience, undefined, { ref: false })]);
      process.kill();
      await process.exited;
    }
    this.#forget();
  }

  /** Resolves when nothing is in flight and the sidecar is at rest. */
  whenIdle(): Promise<void> {
    return this.#work.until(() => this.#work.count === 0 && resting.includes(this.#status.state));
  }

  #start(urgency: Urgency): Promise<Sidecar> {
    this.#started ??= this.#launch(urgency).catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    return this.#started;
  }

  async #launch(urgency: Urgency): Promise<Sidecar> {
    const { t, distFolder, clientName, log } = this.options;
    if (this.#stopping) throw new SidecarError('stopped', t('Bonsai is shutting down.'));
    const decision = this.#supervisor.decide();
    if (decision.start === 'never')
      throw new SidecarError(
        'given-up',
        t('The engine failed five times in a row and will not be restarted. {0} Then run "Bonsai: Restart".', this.#advice),
      );
    if (decision.start === 'later') {
      if (urgency === 'typing') throw new SidecarError('busy', t('The engine has not been restarted yet.'));
      await delay(decision.milliseconds);
    }
    this.#setStatus({ ...asleep, state: 'starting' });
    const entry = join(distFolder, 'sidecar.mjs');
    const joined = await this.#join(entry);
    const child =
      joined ?? new SidecarProcess({ entry, engine: this.options.settings().engine, onLine: (text) => log({ level: 'debug', text }) });
    this.#process = child;
    child.connection.onNotification(messages.statusChanged, (status) => {
      if (this.#process === child) this.#setStatus(this.#loadFailure ?? status);
    });
    child.connection.onNotification(messages.log, log);
    if (!joined) child.connection.listen();
    void child.exited.then((report) => this.#ended(child, report));
    try {
      // The schemas take a few milliseconds to build, which activation must not pay.
      const { protocolVersion } = await import('../../protocol/schemas');
      const hello = joined?.hello ?? (await child.connection.sendRequest(messages.initialize, { protocolVersion, client: clientName }));
      if (hello.protocolVersion !== protocolVersion) throw this.#versionMismatch(hello.protocolVersion, protocolVersion);
      log({ level: 'info', text: t('Sidecar {0} runs as process {1} with the {2} engine.', hello.version, hello.pid, hello.engine) });
      return child;
    } catch (error) {
      const explained = await this.#explain(error, child);
      child.kill();
      throw explained;
    }
  }

  /** The sidecar that others with the same folders and settings use, too; undefined where it is not to be, or cannot be, shared. */
  async #join(entry: string): Promise<SharedSidecar | undefined> {
    const { clientName: client, log } = this.options;
    if (!this.options.shared?.()) return undefined;
    const identity = this.#identity();
    this.#key = sharedKey(identity);
    const { protocolVersion } = await import('../../protocol/schemas');
    const onLine = (text: string) => log({ level: 'info', text });
    const joined = await joinSidecar({ entry, identity, hello: { protocolVersion, client }, onLine });
    if (!joined || !this.#stopping) return joined;
    joined.kill();
    throw new SidecarError('stopped', this.options.t('Bonsai is shutting down.'));
  }

  #identity(): SharedIdentity {
    const settings = this.options.settings();
    return { engine: settings.engine, folders: this.options.workspace?.()?.folders ?? [], load: loadParams(settings) };
  }

  #versionMismatch(theirs: number, ours: number): SidecarError {
    return new SidecarError(
      'version-mismatch',
      this.options.t(
        'The sidecar speaks protocol {0} and the extension {1}. Reinstall the extension; from a clone, type: npm run build',
        theirs,
        ours,
      ),
    );
  }

  #load(process: Sidecar): Promise<p.ModelInfo> {
    this.#loaded ??= this.#tryLoading(process);
    return this.#loaded;
  }

  async #tryLoading(process: Sidecar): Promise<p.ModelInfo> {
    this.#loadFailure = undefined;
    try {
      const info = await process.connection.sendRequest(messages.loadModel, loadParams(this.options.settings()));
      // Sent before whatever waits for the model, so that this finds what is saved.
      this.#open(process);
      return info;
    } catch (error) {
      this.#loaded = undefined;
      if (process.alive) {
        const failure = toSidecarError(error);
        this.#loadFailure = { ...asleep, state: 'failed', message: failure.message };
        this.#setStatus(this.#loadFailure);
        this.#loadFailures.fire(failure);
      }
      throw error;
    }
  }

  #open(process: Sidecar): void {
    const workspace = this.options.workspace?.();
    if (!workspace || !process.alive) return;
    process.connection.sendRequest(messages.openRepository, workspace).then(
      (opened) => {
        for (const text of opened.notes) this.options.log({ level: 'warn', text });
        this.#openings.fire(opened);
      },
      (error: unknown) => this.options.log({ level: 'warn', text: toSidecarError(error).message }),
    );
  }

  #ended(child: Sidecar, report: ExitReport): void {
    if (this.#process !== child || this.#stopping) return;
    this.#forget();
    this.#lost = this.#status.repository?.name ?? this.#lost;
    this.#supervisor.failed(report.lived);
    this.#advice = adviceFrom(report.lastLines, report.signal, this.options.t);
    const message = this.#crashMessage(child, report);
    this.options.log({ level: 'error', text: message });
    this.#setStatus({ ...asleep, state: 'failed', message });
  }

  #crashMessage(child: Sidecar, report: ExitReport): string {
    const { t } = this.options;
    const unknown = child.shared && report.code === null && report.signal === null;
    const how = unknown ? t('its process is gone') : (report.signal ?? t('exit code {0}', report.code ?? 0));
    return t('The engine stopped unexpectedly ({0}). {1} The next action restarts it and restores the saved memory.', how, this.#advice);
  }

  /** A request that failed because its process died gets the reason of the death. */
  async #explain(error: unknown, child: Sidecar | undefined): Promise<SidecarError> {
    if (error instanceof SidecarError || !child) return toSidecarError(error);
    if (!child.alive || child.connectionLost) {
      const report = await Promise.race([child.exited, delay(2000, undefined, { ref: false })]);
      if (report) return new SidecarError('engine-failed', this.#stopping ? this.options.t('Stopped.') : this.#crashMessage(child, report));
    }
    return toSidecarError(error);
  }

  #forget(): void {
    this.#process = undefined;
    this.#started = undefined;
    this.#loaded = undefined;
    this.#loadFailure = undefined;
  }

  #setStatus(status: p.Status): void {
    if (status.repository) this.#lost = undefined;
    this.#status = this.#lost === undefined ? status : { ...status, lostRepository: this.#lost };
    this.#statusEmitter.fire(this.#status);
    this.#work.changed();
  }
}
