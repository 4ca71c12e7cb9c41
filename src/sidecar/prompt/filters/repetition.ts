/**
 * A model that has lost its way says the same thing over and over. A line, or a group of up to eight, that comes
 * three times in a row comes once, and the infill ends there; so does a piece of a line that comes six times in a row,
 * and is long by that, and does not come like this in the file.
 * A run of empty lines ends it, too.
 */
import { isWritten, linesOf, type Filter } from './around';

const linesPerRound = 8;
const rounds = 3;
/** Characters. */
const longestPiece = 40;
const piecesInARow = 6;
const shortestLoop = 24;
const emptyLines = 3;

export const withoutLoops: Filter = (text, { prefix, suffix, lineBefore }) => {
  const [first = '', ...others] = linesOf(text);
  const lines = [lineBefore + first, ...others];
  for (let start = 0; start < lines.length; start++) {
    const end = loopAt(lines, start);
    if (end !== undefined) return text.slice(0, endOfLine(text, end));
    const within = loopWithin(lines[start] ?? '', start === 0 ? lineBefore.length : 0, prefix + suffix);
    if (within !== undefined) return text.slice(0, startOfLine(text, start) + within - (start === 0 ? lineBefore.length : 0));
  }
  return text;
};

/** The last line that is kept when a loop begins at this one. */
function loopAt(lines: readonly string[], start: number): number | undefined {
  if (lines.slice(start, start + emptyLines).length === emptyLines && !lines.slice(start, start + emptyLines).some(isWritten))
    return start - 1;
  if (!isWritten(lines[start] ?? '')) return undefined;
  for (let size = 1; size <= linesPerRound && start + rounds * size <= lines.length; size++) {
    const repeats = (i: number) => lines[start + i]?.trimEnd() === lines[start + (i % size)]?.trimEnd();
    if (Array.from({ length: rounds * size }, (_, i) => i).every(repeats)) return start + size - 1;
  }
  return undefined;
}

/** Where a line ends when a piece of it is repeated too often; the first piece stays. @param from what stands before it was typed */
function loopWithin(line: string, from: number, file: string): number | undefined {
  for (let at = from; at < line.length; at++)
    for (let size = 1; size <= longestPiece && at + piecesInARow * size <= line.length; size++) {
      const piece = line.slice(at, at + size);
      if (!line.startsWith(piece, at + size) || !/\p{L}/u.test(piece)) continue;
      const loop = piece.repeat(Math.max(piecesInARow, Math.ceil(shortestLoop / size)));
      if (line.startsWith(loop, at) && !file.includes(loop)) return at + size;
    }
  return undefined;
}

function startOfLine(text: string, line: number): number {
  let at = 0;
  for (let i = 0; i < line; i++) at = text.indexOf('\n', at) + 1;
  return at;
}

function endOfLine(text: string, line: number): number {
  if (line < 0) return 0;
  const end = text.indexOf('\n', startOfLine(text, line));
  return end < 0 ? text.length : end;
}
