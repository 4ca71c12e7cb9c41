/**
 * Loads node-llama-cpp, only when it is needed, and only what is installed: nothing is ever compiled or downloaded.
 * Its messages go to one listener instead of the console, which belongs to whoever started the process.
 */
import type { Llama } from 'node-llama-cpp';
import { messageOf } from '../../protocol/messageOf';
import type { LogMessage } from '../../protocol';
import { BonsaiError } from '../errors';

export type Library = typeof import('node-llama-cpp');
export type LogListener = (message: LogMessage) => void;

/**
 * What llama.cpp says when a decode is stopped on purpose (status 1 is GGML_STATUS_ABORTED, 2 its return value) or a
 * window larger than the trained one is asked for, which is what a bounded cache does: no error, and no warning.
 */
const expected = /failed with error 1$|compute status: 1$|removing memory module entries|ret = 2$|n_ctx_seq .* > n_ctx_train/m;

let library: Promise<Library> | undefined;
const instances = new Map<'auto' | 'off', Promise<Llama>>();
let listener: LogListener = () => undefined;

export function setLogListener(next: LogListener): void {
  listener = next;
}

/** To whoever listens. */
export function log(text: string, level: 'info' | 'warn' | 'error' = 'warn'): void {
  listener({ level, text });
}

/** @throws BonsaiError `engine-failed` when the package is not installed */
export function loadLibrary(): Promise<Library> {
  library ??= import('node-llama-cpp').catch((error: unknown) => {
    library = undefined;
    const why = messageOf(error);
    throw new BonsaiError('engine-failed', `node-llama-cpp could not be loaded: ${why} From a clone, type: npm ci`, { cause: error });
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
        const shown = serious ? 'error' : level === LlamaLogLevel.warn ? 'warn' : 'info';
        listener({ level: expected.test(message) ? 'debug' : shown, text: message.trimEnd() });
      },
    });
  } catch (error) {
    const why = messageOf(error);
    throw new BonsaiError('engine-failed', `No engine for ${process.platform}-${process.arch}: ${why} From a clone, type: npm ci`, {
      cause: error,
    });
  }
}
