/**
 * Code and data with the line breaks taken out, by content: half of it or more stands on lines longer than anyone types.
 * Only kinds that tools write so: in prose and in templates a paragraph may be one long line.
 */
import { posix } from 'node:path';

const code = new Set(['.js', '.mjs', '.cjs', '.css', '.html', '.htm']);
const data = new Set(['.json', '.geojson', '.ipynb', '.svg', '.xml']);
const longLine = 1000;
/** Characters; a shorter file costs little, and may well be one line. */
const smallest = 5000;

/** @returns the reason, or undefined */
export function minifiedReason(path: string, text: string): string | undefined {
  const extension = posix.extname(path).toLowerCase();
  if (text.length < smallest || !(code.has(extension) || data.has(extension))) return undefined;
  let onLongLines = 0;
  for (const line of text.split('\n')) if (line.length > longLine) onLongLines += line.length;
  if (onLongLines * 2 < text.length) return undefined;
  return `${code.has(extension) ? 'minified' : 'data'}: most of it is on lines of over 1,000 characters`;
}
