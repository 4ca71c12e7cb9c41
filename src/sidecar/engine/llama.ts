/**
 * Loads node-llama-cpp, only when it is needed, and only what is installed: nothing is ever compiled or downloaded.
 * Its messages go to one listener instead of the console, which belongs to whoever started the process.
 */
import type { Llama } from 'node-llama-cpp';
import { messageOf } from '../../protocol/messageOf';
import { engineFolderVariable, planLaunch, searchPathVariable, type LogMessage } from '../../protocol';
import { BonsaiError } from '../errors';

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
const instances = new Map<'auto' | 'off', Promise<Llama>>();
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

/** To whoever listens. */
export function log(text: string, level: 'info' | 'warn' | 'error' = 'warn'): void {
  listener({ level, text }, 'bonsai');
}

/** @throws BonsaiError `engine-failed` when the package is not installed */
export function loadLibrary(): Promise<Library> {
  library ??= import('node-llama-cpp').catch((error: unknown) => {
    library = undefined;
    const { why, mend } = whyNotLoaded(error);
    throw new BonsaiError('engine-failed', `node-llama-cpp could not be loaded: ${why}. From a clone, type: ${mend}`, { cause: error });
  });
  return library;
}

/** @throws BonsaiError `engine-failed` when no prebuilt engine fits this machine */
export function loadLlama(gpu: 'auto' | 'off'): Promise<Llama> {
  const known = instances.get(gpu);
  if (known) return known;
  const created = create(gpu);
  instances.set(gpu, created);
  created.catch(() => instances.delete(gpu));
  return created;
}

async function create(gpu: 'auto' | 'off'): Promise<Llama> {
  const { getLlama, LlamaLogLevel } = await loadLibrary();
  try {
    return await getLlama({
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
    const { why, mend } = whyNotLoaded(error);
    throw new BonsaiError(
      'engine-failed',
      `The engine for ${process.platform}-${process.arch} could not be loaded: ${why}. From a clone, type: ${mend}`,
      { cause: error },
    );
  }
}

/**
 * Most causes are outside what is loaded, and making it again would not help.
 * @param otherwise the line that makes it again
 */
export function whyNotLoaded(error: unknown, otherwise = 'npm ci', env: NodeJS.ProcessEnv = process.env): { why: string; mend: string } {
  const said = messageOf(error).replace(/\.$/, '');
  if (/EMFILE|ENFILE|too many open files/i.test(said)) return { why: 'this process may open too few files', mend: 'ulimit -n 4096' };
  const foreign = planLaunch('', 'stock', env).foreign.filter((folder) => folder !== env[engineFolderVariable]);
  if (foreign.length > 0)
    return { why: `${searchPathVariable} has another llama.cpp in ${foreign.join(', ')}`, mend: `unset ${searchPathVariable}` };
  if (env['LD_PRELOAD']) return { why: `${said} (LD_PRELOAD is set)`, mend: 'unset LD_PRELOAD' };
  return { why: said, mend: otherwise };
}
