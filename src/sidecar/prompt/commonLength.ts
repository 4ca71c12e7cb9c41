/** Of two sequences, how many tokens at their beginnings are the same. */
export function commonLength(a: Uint32Array, b: Uint32Array): number {
  const end = Math.min(a.length, b.length);
  let i = 0;
  while (i < end && a[i] === b[i]) i++;
  return i;
}
