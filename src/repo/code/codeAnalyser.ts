/**
 * Analyses files in a thread of its own: the event loop of whoever asks stays free, and a file that its parser cannot
 * take (hostile nesting, memory without end) costs that thread and nothing else. One file at a time; the thread starts
 * with the first file and ends when none came for a while.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { languageOf } from './languages';
import type { CodeAnalyser, FileCode } from './types';
import type { Answer, Question } from './worker';

/** Longer than the worker's own limit, for what does not listen to it. */
const hardLimitMs = 15_000;
const idleMs = 30_000;
const heapMb = 1024;

/**
 * @param options.grammars folder with `worker.cjs`, `tree-sitter.wasm` and the grammars, as built into `dist/grammars`
 * @throws when the folder has no worker; `analyse` rejects when the worker cannot start or a grammar is missing
 */
export async function createCodeAnalyser({ grammars }: { grammars: string }): Promise<CodeAnalyser> {
  const script = join(grammars, 'worker.cjs');
  await access(script).catch(() => {
    throw new Error(`The code analyser is missing: ${script}. Install Bonsai again, or build it with npm run build.`);
  });
  const thread = new AnalyserThread(script);
  const oneAtATime = pLimit(1);
  return {
    analyse: async (path, text) => (languageOf(path) ? oneAtATime(() => thread.ask({ path, text })) : undefined),
  };
}

const gaveUp: Answer = { code: undefined, spent: true };

class AnalyserThread {
  private worker: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;
  private settle: ((answer: Answer) => void) | undefined;

  constructor(private readonly script: string) {}

  async ask(question: Question): Promise<FileCode | undefined> {
    clearTimeout(this.idle);
    const worker = (this.worker ??= this.start());
    worker.ref();
    const limit = setTimeout(() => this.settle?.(gaveUp), hardLimitMs);
    const { code, spent, failure } = await new Promise<Answer>((resolve) => {
      this.settle = resolve;
      worker.postMessage(question);
    });
    clearTimeout(limit);
    worker.unref();
    if (spent) this.end();
    else this.idle = setTimeout(() => this.end(), idleMs).unref();
    if (failure !== undefined) throw new Error(`The code analyser does not work: ${failure}`);
    return code;
  }

  private start(): Worker {
    const worker = new Worker(this.script, { resourceLimits: { maxOldGenerationSizeMb: heapMb } });
    const answered = (answer: Answer) => {
      // A thread that was given up may still speak.
      if (this.worker === worker) this.settle?.(answer);
    };
    worker.on('message', answered);
    worker.on('error', (error: NodeJS.ErrnoException) =>
      answered(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? gaveUp : { ...gaveUp, failure: error.message }),
    );
    worker.on('exit', () => {
      answered(gaveUp);
      if (this.worker === worker) this.worker = undefined;
    });
    return worker;
  }

  private end(): void {
    void this.worker?.terminate();
    this.worker = undefined;
  }
}
