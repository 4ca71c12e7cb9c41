/** What of a file's text is read: all that somebody wrote, with markers where data was put into it. */
import { posix } from 'node:path';
import { minifiedReason } from '../minified';
import { maxFileBytes } from '../skipReasons';
import { withoutEmbeddedData, withoutLongLines } from './embeddedData';
import { notebookText } from './notebook';

/** Bytes; kinds of files that pictures are put into, with little left when they are taken out. */
const largestWithPictures = 16_000_000;
const withPictures = new Set(['.ipynb', '.md', '.markdown', '.mdx']);

/** Bytes that a file may have on disk. What is read of it may have `maxFileBytes`. */
export function largestOnDisk(path: string): number {
  return withPictures.has(posix.extname(path).toLowerCase()) ? largestWithPictures : maxFileBytes;
}

/**
 * @param path relative or absolute; only its name counts
 * @param text with line feeds
 */
export function textToRead(path: string, text: string): string {
  const cells = posix.extname(path).toLowerCase() === '.ipynb' ? notebookText(text) : undefined;
  const written = withoutEmbeddedData(cells ?? text);
  // A file that is not read for its long lines must keep them to be known by.
  return minifiedReason(path, written) === undefined ? withoutLongLines(written) : written;
}
