/** How much of a repository's attention ends at each file: PageRank over the graph of files (Page and others, 1999). */

/** Share of the attention that follows an edge; the rest starts over at any file. */
const followed = 0.85;
/** Mean change of a rank at which the ranks have settled. `followed` bounds the rounds: after 100 a change is below 1e-7. */
const tolerance = 1e-6;
const mostRounds = 100;

/**
 * @param edges from each file to those it depends on, with weights above 0
 * @returns one rank per file; together they are 1. Equal input gives equal output.
 */
export function pageRank(edges: readonly ReadonlyMap<number, number>[]): Float64Array {
  const files = edges.length;
  const equal = 1 / files;
  const outgoing = edges.map((targets) => [...targets.values()].reduce((sum, weight) => sum + weight, 0));
  let ranks = new Float64Array(files).fill(equal);
  for (let round = 0; round < mostRounds; round++) {
    const next = new Float64Array(files);
    // What reaches a file that depends on nothing goes to all files alike.
    const ends = ranks.reduce((sum, rank, file) => (outgoing[file] === 0 ? sum + rank : sum), 0);
    for (const [file, targets] of edges.entries()) {
      const share = (followed * (ranks[file] ?? 0)) / (outgoing[file] ?? 1);
      for (const [target, weight] of targets) next[target] = (next[target] ?? 0) + share * weight;
      next[file] = (next[file] ?? 0) + (followed * ends + 1 - followed) * equal;
    }
    const change = next.reduce((sum, rank, file) => sum + Math.abs(rank - (ranks[file] ?? 0)), 0);
    ranks = next;
    if (change < files * tolerance) break;
  }
  return ranks;
}
