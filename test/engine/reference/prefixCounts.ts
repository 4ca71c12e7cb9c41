/**
 * PrefixKV (arXiv 2412.03409) by handing out one entry at a time: the next goes to the layer that holds the smallest share
 * of its attention so far, as its most attended token not held yet. Starts at the floor; a layer at the cap gets no more.
 */
export function prefixCounts(attention: Float32Array[], total: number, floor: number, cap: number): number[] {
  const sorted = attention.map((weights) => [...weights].sort((a, b) => b - a));
  const sums = sorted.map((weights) => weights.reduce((a, b) => a + b, 0));
  const counts = sorted.map(() => floor);
  const held = sorted.map((weights, i) => weights.slice(0, floor).reduce((a, b) => a + b, 0) / sums[i]!);
  for (let given = floor * counts.length; given < total; given++) {
    let next = -1;
    held.forEach((share, i) => {
      if (counts[i]! < cap && (next < 0 || share < held[next]!)) next = i;
    });
    held[next]! += (sorted[next]![counts[next]!] ?? 0) / sums[next]!;
    counts[next]!++;
  }
  return counts;
}
