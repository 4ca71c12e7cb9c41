/**
 * Why work ends before its time: a signal, a parent process that is gone, or output that nobody takes any more. All of
 * them stop it the same way, so that what was read is saved; the exit code says which it was.
 */
import { constants } from 'node:os';
import { Cancelled } from '../sidecar/errors';

/** A closed terminal sends SIGHUP, Ctrl+\ SIGQUIT. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
/** From a terminal a signal may come twice, directly and through npm; what follows so closely is the same. */
const samePressMs = 500;

/** As a shell reports it. */
export const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

export class Stopped extends Cancelled {
  constructor(
    message: string,
    readonly exitCode: number,
    /** Standard output takes nothing more: where that is a fault, it has been said already. */
    readonly silent = false,
  ) {
    super(message);
  }

  withSaved(saved: boolean): Stopped {
    const message = saved ? `${this.message} What was read is saved; the same command goes on from there.` : this.message;
    return new Stopped(message, this.exitCode, this.silent);
  }
}

export class Stopping {
  private readonly controller = new AbortController();
  readonly signal = this.controller.signal;
  private first = 0;

  get reason(): Stopped | undefined {
    const reason: unknown = this.signal.reason;
    return reason instanceof Stopped ? reason : undefined;
  }

  /** From the start of the process: what is printed may not arrive, which Node makes a crash where nobody listens. */
  watchOutput(): void {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      const reason = outputLost(error);
      // The reader of a pipe that has read enough (`| head`) is no fault.
      if (error.code !== 'EPIPE' && !this.signal.aborted) process.stderr.write(`bonsai: ${reason.message}\n`);
      this.stop(reason);
    });
    // Progress and notes are no reason to stop.
    process.stderr.on('error', () => undefined);
    // `ulimit -f`: with a listener the write fails, with its reason; without, the process dies of the signal.
    process.on('SIGXFSZ', () => undefined);
  }

  /** From the start of the work. */
  watchSignals(): void {
    for (const signal of endingSignals)
      process.on(signal, () => {
        if (!this.signal.aborted) this.first = performance.now();
        else if (performance.now() - this.first > samePressMs) process.exit(exitCodeOf(signal));
        this.stop(new Stopped(`Stopped by ${signal}.`, exitCodeOf(signal)));
      });
    // A benchmark starts its probes with a channel: where it is gone, nobody waits for them.
    process.on('disconnect', () => this.stop(new Stopped('The process that started this one is gone.', exitCodeOf('SIGHUP'))));
    process.channel?.unref();
  }

  private stop(reason: Stopped): void {
    if (this.signal.aborted) return;
    process.exitCode = reason.exitCode;
    this.controller.abort(reason);
  }
}

/** Node resets the terminal when it ends, and aborts where the terminal is gone; the signal ends it without. */
export function endBySignal(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

function outputLost(error: NodeJS.ErrnoException): Stopped {
  if (error.code === 'EPIPE') return new Stopped('Nobody reads the output.', exitCodeOf('SIGPIPE'), true);
  const why = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk is full',
    EFBIG: 'the file may not become larger (ulimit -f)',
    EIO: 'the terminal is closed',
  }[error.code ?? ''];
  return new Stopped(`The output could not be written: ${why ?? error.message}.`, 1, true);
}
