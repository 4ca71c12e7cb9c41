/** Code that waits is handed its clock, so that its tests take no time. */
export interface Timer {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Runs `action` once, later. @returns what takes it back */
  after(milliseconds: number, action: () => void): () => void;
}

export const systemTimer: Timer = {
  now: () => performance.now(),
  after: (milliseconds, action) => {
    const handle = setTimeout(action, milliseconds);
    return () => clearTimeout(handle);
  },
};

/** Resolves after the time has passed, or at once when the signal is aborted; never rejects. */
export async function pause(timer: Timer, milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      takeBack();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const takeBack = timer.after(milliseconds, end);
    signal.addEventListener('abort', end);
  });
}

/** Resolves with the promise, or at once when the signal is aborted; rejects only with the promise. */
export async function untilAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve, reject) => {
    const end = () => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    signal.addEventListener('abort', end);
    promise.then(end, (error: unknown) => {
      signal.removeEventListener('abort', end);
      reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}
