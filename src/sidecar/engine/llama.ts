/**
 * Loads node-llama-cpp, only when it is needed, and only what is installed: nothing is ever compiled or downloaded.
 * Its messages go to one listener instead of the console, which belongs to the parent process.
 */
import type { Llama } from 'node-llama-cpp';
import { messageOf } from '../../protocol/messageOf';
import type { EngineKind, LogMessage } from '../../protocol';
import { BonsaiError } from '../errors';
import { whyNoEngine } from './engineFiles';

export type Library = typeof import('node-llama-cpp');
/** @param from whose words: Bonsai's are sentences for a person, the engine's are its own */
export type LogListener = (message: LogMessage, from: 'bonsai' | 'engine') => void;

/**
 * What llama.cpp says when a decode is stopped on purpose (status 1 is GGML_STATUS_ABORTED, 2 its return value) or a
 * window larger than the trained one is asked for, which is what a bounded cache does: no error, and no warning.
 */
const expected = /failed with error 1$|compute status: 1$|removing memory module entries|ret = 2$|n_ctx_seq .* > n_ctx_train/m;

/** Characters; a vocabulary or a template quoted in full helps nobody. */
const longestReason = 300;

let library: Promise<Library> | undefined;
const instances = new Map<string, Promise<Llama>>();
const engines = new WeakMap<Llama, EngineKind>();
/** The defaults. */
let usual: EngineKind = 'bonsai';
let listener: LogListener = () => undefined;
/** Set while the engine's errors are gathered. */
let gathered: string[] | undefined;

export function setLogListener(next: LogListener): void {
  listener = next;
}

/**
 * Runs `work`; where it fails, with the engine's own reason, which its error does not carry and its log alone has.
 * @param fail makes the error of a reason
 */
export async function withEngineReason<T>(work: () => Promise<T>, fail: (reason: string, cause: unknown) => Error): Promise<T> {
  const errors: string[] = (gathered = []);
  try {
    return await work();
  } catch (error) {
    // What the engine logs comes through the event loop.
    await new Promise((resolve) => setTimeout(resolve, 0));
    await new Promise((resolve) => setImmediate(resolve));
    throw fail(engineReason(errors) ?? messageOf(error).replace(/\.$/, ''), error);
  } finally {
    gathered = undefined;
  }
}

/** The most telling of the engine's lines, without the function it comes from; it may quote the model file. */
export function engineReason(lines: readonly string[]): string | undefined {
  const said = lines.flatMap((text) => text.split('\n')).map((line) => line.replace(/^\s*\w+:\s+/, '').trim());
  const telling =
    said.findLast((line) => /^error loading model/.test(line)) ?? said.find((line) => line !== '' && !/^failed to load model/.test(line));
  return telling?.replace(/^(?:error loading model(?: \w+)*:\s*)+/, '').slice(0, longestReason);
}

/** To the listener, if there is one. */
export function log(text: string, level: 'info' | 'warn' | 'error' = 'warn'): void {
  listener({ level, text }, 'bonsai');
}

/** @throws BonsaiError `engine-failed` when the package is not installed */
export function loadLibrary(): Promise<Library> {
  library ??= import('node-llama-cpp').catch((error: unknown) => {
    library = undefined;
    const { why, fix } = whyNotLoaded(error);
    throw new BonsaiError('engine-failed', `node-llama-cpp could not be loaded: ${why}. From a clone, type: ${fix}`, { cause: error });
  });
  return library;
}

/** What this process runs from now on where nobody says otherwise: `stock` is llama.cpp's own cache. */
export function setEngine(engine: EngineKind): void {
  usual = engine;
}

/** What runs where nobody says otherwise: Bonsai's where it was not turned off and is there. */
export function usualEngine(): EngineKind {
  return usual === 'bonsai' && whyNoEngine() === undefined ? 'bonsai' : 'stock';
}

/** Whether its contexts may have the bounded cache. */
export function engineOf(llama: Llama): EngineKind {
  return engines.get(llama) ?? 'stock';
}

/**
 * Both engines can be in one process. What is `stock` comes from the package that node-llama-cpp ships, or, where that was left
 * out, from our addon, which runs llama.cpp's own cache then.
 * @throws BonsaiError `engine-failed` when no prebuilt engine fits this machine
 */
export function loadLlama(gpu: 'auto' | 'off', engine: EngineKind = usual): Promise<Llama> {
  const key = `${gpu} ${engine}`;
  const known = instances.get(key);
  if (known) return known;
  const created = create(gpu, engine);
  instances.set(key, created);
  created.catch(() => instances.delete(key));
  return created;
}

async function create(gpu: 'auto' | 'off', engine: EngineKind): Promise<Llama> {
  const missing = whyNoEngine();
  const shipped = () => getShipped(gpu, missing === undefined);
  const llama = engine === 'stock' ? await shipped() : missing === undefined ? await get(gpu, ours) : await shipped();
  engines.set(llama, engine === 'bonsai' && missing === undefined ? 'bonsai' : 'stock');
  if (engine === 'bonsai' && missing !== undefined) log(missing);
  return llama;
}

/** The folders that scripts/lib/assemble.mjs puts together. */
const ours = { existingPrebuiltBinaryMustMatchBuildOptions: true, cmakeOptions: { BONSAI: '1' } };

/** @param orOurs whether ours can stand in */
async function getShipped(gpu: 'auto' | 'off', orOurs: boolean): Promise<Llama> {
  const { NoBinaryFoundError } = await loadLibrary();
  try {
    return await get(gpu, {});
  } catch (error) {
    if (orOurs && error instanceof BonsaiError && error.cause instanceof NoBinaryFoundError) return get(gpu, ours);
    throw error;
  }
}

async function get(gpu: 'auto' | 'off', options: object): Promise<Llama> {
  const { getLlama, LlamaLogLevel } = await loadLibrary();
  try {
    return await getLlama({
      ...options,
      gpu: gpu === 'auto' ? 'auto' : false,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.warn,
      logger: (level, message) => {
        const serious = level === LlamaLogLevel.fatal || level === LlamaLogLevel.error;
        if (serious && !expected.test(message)) gathered?.push(message.trimEnd());
        const shown = serious ? 'error' : level === LlamaLogLevel.warn ? 'warn' : 'info';
        listener({ level: expected.test(message) ? 'debug' : shown, text: message.trimEnd() }, 'engine');
      },
    });
  } catch (error) {
    const { why, fix } = whyNotLoaded(error, options === ours ? 'npm run engine' : 'npm ci');
    throw new BonsaiError(
      'engine-failed',
      `The engine for ${process.platform}-${process.arch} could not be loaded: ${why}. From a clone, type: ${fix}`,
      { cause: error },
    );
  }
}

/**
 * Most causes are outside what is loaded, and making it again would not help.
 * @param otherwise the line that makes it again
 */
export function whyNotLoaded(error: unknown, otherwise = 'npm ci', env: NodeJS.ProcessEnv = process.env): { why: string; fix: string } {
  const said = messageOf(error).replace(/\.$/, '');
  if (/EMFILE|ENFILE|too many open files/i.test(said)) return { why: 'this process may open too few files', fix: 'ulimit -n 4096' };
  if (env['LD_PRELOAD']) return { why: `${said} (LD_PRELOAD is set)`, fix: 'unset LD_PRELOAD' };
  return { why: said, fix: otherwise };
}
