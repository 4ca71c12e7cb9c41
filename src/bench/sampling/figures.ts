/** What is counted of an answer. All figures are shares [0, 1] of one answer. */

/** Words of a run; two sentences that share a phrase share no run of eight. */
const runLength = 8;

/** Share of the runs of eight words that stood in the answer before. */
export function repetition(text: string): number {
  const words = text.match(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
  const seen = new Set<string>();
  let again = 0;
  const runs = Math.max(0, words.length - runLength + 1);
  for (let at = 0; at < runs; at++) {
    const run = words.slice(at, at + runLength).join(' ');
    if (seen.has(run)) again++;
    seen.add(run);
  }
  return runs === 0 ? 0 : again / runs;
}

/** Share of the wanted lines, indentation included, that the answer has in the same order. */
export function linesKept(wanted: string, answer: string): number {
  const [ours, theirs] = [wanted, answer].map((text) => text.split('\n').map((line) => line.trimEnd()));
  if (!ours || !theirs) return 0;
  // Longest common subsequence, one row of its table at a time.
  let row = new Array<number>(theirs.length + 1).fill(0);
  for (const line of ours) {
    const next = [0];
    for (const [at, other] of theirs.entries()) next.push(line === other ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0));
    row = next;
  }
  return (row.at(-1) ?? 0) / ours.length;
}
