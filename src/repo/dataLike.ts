/** Data kept as text: tables and records above a size, and files of almost nothing but numbers, whatever they are called. */
import { posix } from 'node:path';
import { shortBytes } from '../protocol/numbers';

const tables = new Set(['.csv', '.tsv', '.psv', '.jsonl', '.ndjson']);
const largestTable = 50_000;
const smallestNumbers = 20_000;
const number = /(?<![A-Za-z_])(?:0x[0-9a-f]+|\d[\d.]*(?:e[-+]?\d+)?)[ulf]*|[-+,;:|{}[\]()]/gi;

/** @returns the reason, or undefined */
export function dataReason(path: string, text: string): string | undefined {
  const size = text.length;
  if (size > largestTable && tables.has(posix.extname(path).toLowerCase())) return `data: ${shortBytes(size)} of records`;
  if (size < smallestNumbers) return undefined;
  const written = text.replace(/\s+/g, '');
  const others = written.replace(number, '').length;
  return others < written.length * 0.05 ? 'data: almost nothing but numbers' : undefined;
}
