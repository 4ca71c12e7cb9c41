/**
 * A file as pieces to be searched: one per definition where they are known, small neighbours together, and what is left
 * or too long cut at blank lines, best where the indentation is least. Together the pieces are the whole file.
 */
import type { Definition } from '../../repo';

/** Lines, counted from 1, both ends included. */
export interface Chunk {
  startLine: number;
  endLine: number;
}

/** Lines. */
const wanted = 40;
const most = 60;
/** Such a piece does not go alone when its neighbour has room. */
const small = 12;

export function chunksOf(lines: readonly string[], definitions: readonly Definition[] = []): Chunk[] {
  if (lines.length === 0) return [];
  const starts = boundaries(definitions, lines.length);
  const pieces: Chunk[] = [];
  for (const [i, startLine] of starts.entries()) {
    const endLine = (starts[i + 1] ?? lines.length + 1) - 1;
    const last = pieces.at(-1);
    const together = last && endLine - last.startLine < wanted && (endLine - startLine < small || last.endLine - last.startLine < small);
    if (together) last.endLine = endLine;
    else pieces.push({ startLine, endLine });
  }
  return pieces.flatMap((piece) => cut(lines, piece));
}

/** Where definitions begin and end; those inside a long one as well. */
function boundaries(definitions: readonly Definition[], last: number): number[] {
  const starts = new Set([1]);
  let reached = 0;
  const inOrder = definitions.toSorted((a, b) => a.startLine - b.startLine || b.endLine - a.endLine);
  for (const { startLine, endLine } of inOrder) {
    // Inside a short one, which stays whole.
    if (startLine <= reached) continue;
    starts.add(startLine);
    if (endLine - startLine < most) {
      if (endLine < last) starts.add(endLine + 1);
      reached = endLine;
    }
  }
  return [...starts].toSorted((a, b) => a - b);
}

function cut(lines: readonly string[], { startLine, endLine }: Chunk): Chunk[] {
  const chunks: Chunk[] = [];
  let start = startLine;
  while (endLine - start >= most) {
    let best = start + wanted;
    let bestCost = Infinity;
    for (let next = start + small; next < start + most; next++) {
      const cost = costOfCut(lines, next) + Math.abs(next - start - wanted) / 2;
      if (cost < bestCost) [best, bestCost] = [next, cost];
    }
    chunks.push({ startLine: start, endLine: best - 1 });
    start = best;
  }
  chunks.push({ startLine: start, endLine });
  return chunks;
}

/** @param next the line that would begin a piece */
function costOfCut(lines: readonly string[], next: number): number {
  const line = lines[next - 1] ?? '';
  const indentation = line.length - line.trimStart().length;
  const afterBlank = (lines[next - 2] ?? '').trim() === '';
  return (afterBlank ? 0 : 30) + (line.trim() === '' ? 30 : 2 * indentation);
}
