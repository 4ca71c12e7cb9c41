/** All partitions of numbers into at most k groups, tried one by one. */

/** Sum of squared distances to the means of the groups; groups[i]: of values[i]. */
export function spread(values: number[], groups: number[]): number {
  let sum = 0;
  for (const group of new Set(groups)) {
    const members = values.filter((_, i) => groups[i] === group);
    const mean = members.reduce((a, b) => a + b, 0) / members.length;
    sum += members.reduce((a, b) => a + (b - mean) ** 2, 0);
  }
  return sum;
}

/** The least spread any assignment to k groups has: k ** values.length of them. */
export function leastSpread(values: number[], k: number, groups: number[] = []): number {
  if (groups.length === values.length) return spread(values, groups);
  return Math.min(...Array.from({ length: k }, (_, group) => leastSpread(values, k, [...groups, group])));
}
