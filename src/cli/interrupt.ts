/**
 * Ctrl+C stops the work and still reports what was done; a second one ends the process at once. From a terminal the
 * signal comes twice, directly and through the process that relaunched this one, so what follows closely is the same.
 */
const samePressMs = 500;
const interruptedCode = 130;

export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  const stop = () => {
    if (controller.signal.aborted && performance.now() - first > samePressMs) process.exit(interruptedCode);
    if (controller.signal.aborted) return;
    first = performance.now();
    process.exitCode = interruptedCode;
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
