/**
 * The model and its memory of the folders, in a sidecar, which other clients on these folders may share: started when it is needed,
 * used by all questions, started again by the next question when it died, and left with this process. Nothing of the engine runs in this process, so
 * that it answers at any time and nothing but the protocol can come to standard output.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CancellationTokenSource, Emitter, ResponseError, type Disposable } from 'vscode-jsonrpc/node';
import {
  messages,
  protocolVersion,
  type Answer,
  type AskParams,
  type CacheMap,
  type EngineKind,
  type LoadModelParams,
  type MemoryFiles,
  type ReadProgress,
  type Status,
} from '../../protocol';
import { errorCodeOf } from '../../protocol/messages';
import { messageOf } from '../../protocol/messageOf';
import { modelsFolder } from '../../protocol/modelsFolder';
import { counted, shortSeconds } from '../../protocol/numbers';
import { joinSidecar } from '../../protocol/sharedSidecar';
import type { ExitReport, Sidecar } from '../../protocol/sidecar';
import { SidecarProcess } from '../../protocol/sidecarProcess';
import { distFolder } from '../../sidecar/bundleRoot';
import { BonsaiError, Cancelled, closing } from '../../sidecar/errors';
import { version } from '../../sidecar/version';
import { chooseModel } from '../chooseModel';
import type { ReadTime } from './readTimes';

export interface EngineOptions {
  /** Absolute. */
  folders: readonly string[];
  /** Without a model path, one in the models folder is taken. */
  load: LoadModelParams;
  /** Absent: what can be had. */
  kind: EngineKind | undefined;
  read: ReadTime;
  /** Whether the sidecar is shared with windows and servers that have the same folders and settings. */
  shared: boolean;
  /** Milliseconds without a question after which the sidecar is ended; 0: never. */
  idle: number;
  note: (text: string) => void;
}

/** What a question waits for. */
export type Stage =
  | { doing: 'starting'; what: string }
  | { doing: 'reading'; progress: ReadProgress }
  /** So many answers come first. */
  | { doing: 'waiting'; ahead: number }
  /** So many pieces of the answer have come. */
  | { doing: 'answering'; pieces: number };

interface Reading {
  done: Promise<void>;
  stop: CancellationTokenSource;
  /** Queued questions for it. */
  waiting: number;
}

const entry = join(distFolder, 'sidecar.mjs');
const hello = { protocolVersion, client: `bonsai-mcp ${version}` };
/** Milliseconds that an orderly end may take; the sidecar saves what was read. */
const patience = 4000;
const patienceWhenIdle = 60_000;
const asleep: Status = { state: 'noModel', kvBytes: 0, kvBytesFull: 0 };
/** JSON-RPC's number for a request that was stopped. */
const requestCancelled = -32800;

/** Ends that nobody asked for. */
const crashes = new Map<string | null, string>([
  ['SIGKILL', 'The system ended it, most often because memory ran out. Use a smaller budget or a smaller model.'],
  ['SIGSEGV', 'It crashed.'],
  ['SIGBUS', 'It crashed.'],
  ['SIGABRT', 'It gave up.'],
  ['SIGILL', 'This processor lacks an instruction that it uses.'],
]);

export class Engine {
  private readonly stages = new Emitter<Stage>();
  private stage: Stage | undefined;
  private latest = asleep;
  private process: Sidecar | undefined;
  private started: Promise<Sidecar> | undefined;
  /** The process that has a model. */
  private ready: Sidecar | undefined;
  /** The process that has read everything. */
  private whole: Sidecar | undefined;
  private reading: Reading | undefined;
  private asking = 0;
  /** The process that is being ended because nobody asked; the next one waits for what it saves. */
  private leaving: Sidecar | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly options: EngineOptions) {}

  /** Of this moment; nothing is started for it. */
  async status(): Promise<Status> {
    return (await this.whileReady((process) => process.connection.sendRequest(messages.currentStatus))) ?? this.latest;
  }

  /** Loads, restores and reads in the background, if that is wanted; a failure is told when something is asked. */
  begin(): void {
    if (this.options.read !== 'start') return;
    this.start()
      .then((process) => (this.whole === process ? undefined : this.readWhole(process).done))
      .catch((error: unknown) => this.options.note(messageOf(error)))
      .finally(() => this.rest());
  }

  /**
   * Starts, loads and reads as far as needed, then asks.
   * @throws BonsaiError as the sidecar; Cancelled when stopped
   */
  async ask(params: AskParams, onStage: (stage: Stage) => void, signal: AbortSignal): Promise<Answer> {
    this.asking++;
    clearTimeout(this.idleTimer);
    const listening = this.stages.event(onStage);
    try {
      if (this.stage) onStage(this.stage);
      const process = await unlessStopped(this.start(), signal);
      try {
        if (this.options.read !== 'never' && this.whole !== process) await this.waitForReading(process, signal);
        return await this.answer(process, params, onStage, signal);
      } catch (error) {
        throw signal.aborted ? new Cancelled() : await this.explained(error, process);
      }
    } finally {
      listening.dispose();
      this.asking--;
      this.rest();
    }
  }

  /** What is in memory, or nothing while no model is loaded: nothing is started for it. */
  async memory(): Promise<MemoryFiles['files'] | undefined> {
    return (await this.whileReady((process) => process.connection.sendRequest(messages.memoryFiles)))?.files;
  }

  /** Layers with their budgets, or nothing while no model is loaded. */
  cacheMap(): Promise<CacheMap | undefined> {
    return this.whileReady((process) => process.connection.sendRequest(messages.cacheMap, { buckets: 1 }));
  }

  /** Ends the sidecar: asks it to, and kills it when it takes too long. Nothing starts afterwards. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.idleTimer);
    const running = [this.process, this.leaving].flatMap((process) => process ?? []);
    await Promise.all(running.map((process) => this.end(process, patience)));
    this.stages.dispose();
  }

  private async whileReady<T>(send: (process: Sidecar) => Promise<T>): Promise<T | undefined> {
    const { ready } = this;
    // A sidecar that ends at this moment has nothing more to say.
    return ready?.alive ? send(ready).catch(() => undefined) : undefined;
  }

  private start(): Promise<Sidecar> {
    this.started ??= this.launch().catch((error: unknown) => {
      this.started = undefined;
      this.stage = undefined;
      this.latest = { ...asleep, state: 'failed', message: messageOf(error) };
      throw error;
    });
    return this.started;
  }

  private async launch(): Promise<Sidecar> {
    const { kind, note, load } = this.options;
    this.latest = { ...asleep, state: 'starting' };
    this.tell({ doing: 'starting', what: 'starting the engine' });
    await this.leaving?.exited;
    if (this.closed) throw closing();
    // Whoever shares a sidecar shares a model, so it has to be known first.
    const alone = this.options.shared && load.modelPath === undefined ? await this.findModelAlone() : load.modelPath;
    const joined = this.options.shared ? await this.join(alone) : undefined;
    const child = joined ?? this.fork();
    this.process = child;
    child.connection.onNotification(messages.statusChanged, (status) => {
      if (this.process === child) this.latest = status;
    });
    child.connection.onNotification(messages.log, ({ level, text }) => {
      if (level === 'error' || level === 'warn') note(text);
    });
    if (!joined) child.connection.listen();
    void child.exited.then((report) => this.ended(child, report));
    try {
      if (!joined) await child.connection.sendRequest(messages.initialize, hello);
      const modelPath = alone ?? (await this.findModel(child));
      this.tell({ doing: 'starting', what: 'loading the model' });
      const { engine, notice } = await child.connection.sendRequest(messages.loadModel, { ...load, modelPath });
      if (kind === 'bonsai' && engine !== 'bonsai')
        throw new BonsaiError('engine-failed', `--engine bonsai is not available. ${notice ?? 'The bounded cache does not run.'}`);
      if (notice !== undefined) note(notice);
      this.ready = child;
      this.tell({ doing: 'starting', what: 'restoring what was read before' });
      const opened = await child.connection.sendRequest(messages.openRepository, { folders: [...this.options.folders] });
      for (const text of opened.notes) note(text);
      if (opened.restoredTokens > 0 && opened.tokensToRead === 0) this.whole = child;
      this.stage = undefined;
      return child;
    } catch (error) {
      const explained = await this.explained(error, child);
      await this.end(child, patience);
      throw explained;
    }
  }

  private fork(): SidecarProcess {
    const { kind, note } = this.options;
    return new SidecarProcess({ entry, engine: kind ?? 'bonsai', onLine: note });
  }

  private async join(modelPath: string | undefined) {
    const { kind, load, folders, note } = this.options;
    const identity = { engine: kind ?? 'bonsai', folders, load: { ...load, ...(modelPath === undefined ? {} : { modelPath }) } };
    const joined = await joinSidecar({ entry, identity, hello, onLine: note });
    if (!this.closed) return joined;
    joined?.kill();
    throw closing();
  }

  /** In a sidecar for this alone. @throws BonsaiError `no-model` with the line that gets one */
  private async findModelAlone(): Promise<string> {
    const child = this.fork();
    this.process = child;
    child.connection.listen();
    try {
      await child.connection.sendRequest(messages.initialize, hello);
      return await this.findModel(child);
    } catch (error) {
      throw await this.explained(error, child);
    } finally {
      this.process = undefined;
      child.kill();
      await child.exited;
    }
  }

  /** @throws BonsaiError `no-model` with the line that gets one */
  private async findModel({ connection }: Sidecar): Promise<string> {
    this.tell({ doing: 'starting', what: 'looking for a model' });
    const folder = modelsFolder();
    const { gpu } = this.options.load;
    const look = () => connection.sendRequest(messages.findModels, { folders: [folder], only: true, ...(gpu ? { gpu } : {}) });
    const path = await chooseModel(look, async () => {
      this.tell({ doing: 'starting', what: 'measuring how quick this machine is' });
      await connection.sendRequest(messages.measureMachine, gpu ? { gpu } : {}).catch((error: unknown) => {
        this.options.note(`This machine could not be measured: ${messageOf(error)}`);
      });
    });
    if (path !== undefined) return path;
    const cli = join(distFolder, 'cli.mjs');
    throw new BonsaiError(
      'no-model',
      `There is no model in ${folder}. To fetch one, type: node ${JSON.stringify(cli)} model. Or name a GGUF file with --model when this server is started; in VS Code, run "Bonsai: Choose Model". find, read and overview need none.`,
    );
  }

  /** One reading for everybody. It is stopped when nobody waits for it any more, unless it is done in the background anyway. */
  private readWhole(process: Sidecar): Reading {
    if (this.reading) return this.reading;
    const stop = new CancellationTokenSource();
    const progressToken = randomUUID();
    const listening = process.connection.onProgress(messages.readProgress, progressToken, (progress) =>
      this.tell({ doing: 'reading', progress }),
    );
    const read = async () => {
      const params = { folders: [...this.options.folders], progressToken };
      const summary = await process.connection.sendRequest(messages.readRepository, params, stop.token);
      for (const text of summary.notes) this.options.note(text);
      if (summary.stopped === 'cancelled') return;
      this.whole = process;
      this.options.note(`${summary.name}: ${counted(summary.tokens, 'token')} in memory after ${shortSeconds(summary.seconds)}`);
    };
    const done = read().finally(() => {
      this.reading = undefined;
      this.stage = undefined;
      listening.dispose();
      stop.dispose();
    });
    // Whoever waits hears of it; in the background it is noted.
    done.catch(() => undefined);
    this.reading = { done, stop, waiting: 0 };
    return this.reading;
  }

  private async waitForReading(process: Sidecar, signal: AbortSignal): Promise<void> {
    const reading = this.readWhole(process);
    reading.waiting++;
    try {
      await unlessStopped(reading.done, signal);
    } finally {
      reading.waiting--;
      if (reading.waiting === 0 && this.options.read !== 'start') reading.stop.cancel();
    }
  }

  private async answer({ connection }: Sidecar, params: AskParams, onStage: (stage: Stage) => void, signal: AbortSignal): Promise<Answer> {
    const progressToken = randomUUID();
    let pieces = 0;
    onStage({ doing: 'answering', pieces });
    const listening = connection.onProgress(messages.answerDelta, progressToken, ({ text, ahead = 0 }) => {
      if (ahead > 0) onStage({ doing: 'waiting', ahead });
      else onStage({ doing: 'answering', pieces: text === '' ? pieces : ++pieces });
    });
    const cancel = new CancellationTokenSource();
    const link = onAbort(signal, () => cancel.cancel());
    try {
      const answer = await connection.sendRequest(messages.ask, { ...params, progressToken }, cancel.token);
      if (signal.aborted) throw new Cancelled();
      return answer;
    } finally {
      link.dispose();
      listening.dispose();
      cancel.dispose();
    }
  }

  private tell(stage: Stage): void {
    this.stage = stage;
    this.stages.fire(stage);
  }

  private rest(): void {
    clearTimeout(this.idleTimer);
    const { idle } = this.options;
    const { process } = this;
    if (idle === 0 || this.asking > 0 || this.reading || this.closed || !process?.alive) return;
    this.idleTimer = setTimeout(() => {
      this.options.note('The model is unloaded; the next question loads it again.');
      this.leaving = process;
      void this.end(process, patienceWhenIdle);
    }, idle).unref();
  }

  private async end(process: Sidecar, milliseconds: number): Promise<void> {
    this.forget(process);
    if (!process.alive) return;
    const asked = process.connection.sendRequest(messages.shutdown).catch(() => null);
    await Promise.race([asked.then(() => process.exited), process.exited, delay(milliseconds, undefined, { ref: false })]);
    process.kill();
    await process.exited;
  }

  private ended(process: Sidecar, report: ExitReport): void {
    if (this.process !== process) return;
    this.forget(process);
    const message = crashMessage(report, process.shared);
    this.latest = { ...asleep, state: 'failed', message };
    this.options.note(message);
  }

  private forget(process: Sidecar): void {
    if (this.process !== process) return;
    this.process = undefined;
    this.started = undefined;
    this.ready = undefined;
    this.whole = undefined;
    this.stage = undefined;
    this.latest = asleep;
  }

  /** A request that failed because its process died gets the reason of the death. */
  private async explained(error: unknown, process: Sidecar): Promise<Error> {
    if (error instanceof BonsaiError || error instanceof Cancelled) return error;
    if (this.closed) return closing();
    if (!process.alive || process.connectionLost) {
      const report = await Promise.race([process.exited, delay(2000, undefined, { ref: false })]);
      if (report) return new BonsaiError('engine-failed', crashMessage(report, process.shared));
    }
    if (!(error instanceof ResponseError)) return new BonsaiError('engine-failed', messageOf(error), { cause: error });
    if (error.code === requestCancelled) return new Cancelled(error.message);
    return new BonsaiError(errorCodeOf(error.data) ?? 'engine-failed', error.message);
  }
}

function crashMessage({ code, signal, lastLines }: ExitReport, shared: boolean): string {
  const how = signal ?? (shared && code === null ? 'its process is gone' : `exit code ${code ?? 0}`);
  const cause = crashes.get(signal) ?? lastLines.findLast((line) => /error|assert|abort|fatal/i.test(line))?.trim() ?? '';
  return `The engine stopped unexpectedly (${how}). ${cause} Ask again: it is started again, and what was saved is restored.`.replace(
    /\s+/g,
    ' ',
  );
}

/** @throws Cancelled when stopped; the work goes on then, for whoever else waits for it */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let link: Disposable | undefined;
  try {
    return await Promise.race([work, new Promise<never>((_, reject) => (link = onAbort(signal, () => reject(new Cancelled()))))]);
  } finally {
    link?.dispose();
  }
}

/** Also when it was aborted already. */
function onAbort(signal: AbortSignal, stop: () => void): Disposable {
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  return { dispose: () => signal.removeEventListener('abort', stop) };
}
