/**
 * The worker in its thread: started when something is asked, ended when nothing was for a while, when it says that it is spent,
 * and when it does not answer. One question at a time; the next may follow its answer.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Answer, Question } from './worker';

/** Longer than the worker's own limit, for what does not listen to it. */
const hardLimitMs = 15_000;
const idleMs = 30_000;
const heapMb = 1024;

/** @throws when the folder has no worker */
export async function workerIn(grammars: string): Promise<WorkerThread> {
  const script = join(grammars, 'worker.cjs');
  await access(script).catch(() => {
    throw new Error(`The code analyser is missing: ${script}. Install Bonsai again, or build it with npm run build.`);
  });
  return new WorkerThread(script);
}

const gaveUp: Answer = { code: undefined, spent: true };

export class WorkerThread {
  private worker: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;
  private settle: ((answer: Answer) => void) | undefined;

  constructor(private readonly script: string) {}

  /** Rejects when the worker cannot start or a grammar is missing. */
  async ask(question: Question): Promise<Answer> {
    clearTimeout(this.idle);
    const worker = (this.worker ??= this.start());
    worker.ref();
    const limit = setTimeout(() => this.settle?.(gaveUp), hardLimitMs);
    const answer = await new Promise<Answer>((resolve) => {
      this.settle = resolve;
      worker.postMessage(question);
    });
    clearTimeout(limit);
    worker.unref();
    if (answer.spent) this.end();
    else this.idle = setTimeout(() => this.end(), idleMs).unref();
    if (answer.failure !== undefined) throw new Error(`The code analyser does not work: ${answer.failure}`);
    return answer;
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
