/**
 * The downloader leaves promises behind that fail with nobody listening: a chunk that could not be written, a part that
 * was refused (ipull 3.9.5: `writePromise.then` in download-engine-file.js, `promise.then` in base-download-program.js).
 * They would end the process. While a download runs they are its failure; shortly afterwards they are echoes of it.
 */
type Listener = (error: unknown) => void;

/** Milliseconds in which what still runs of a stopped download fails, too. */
const echo = 30_000;
const listeners = new Set<Listener>();

/** @returns a function to be called when the download has ended */
export function listenForStrays(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    setTimeout(() => listeners.delete(listener), echo).unref();
  };
}

/** For the handler of unhandled rejections. @returns whether somebody took the error */
export function takeStray(error: unknown): boolean {
  for (const listener of listeners) listener(error);
  return listeners.size > 0;
}
