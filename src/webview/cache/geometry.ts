/**
 * The strip is a picture of the sequence, first token left, last token right. Every share shown is the mean over
 * the tokens of its span, whatever the buckets and pixels happen to be.
 */
import type { CacheMap } from '../../protocol';

export type Layer = CacheMap['layers'][number];
export type FileSpan = Pick<CacheMap['files'][number], 'path' | 'start' | 'end' | 'replaced'>;

/** Answers "which share of the tokens in [from, to) does the layer still hold?" in constant time per bucket edge. */
export class HeldShare {
  /** Tokens held before each bucket's start, and after the last. */
  readonly #sums: Float64Array;

  constructor(
    private readonly starts: readonly number[],
    private readonly tokens: number,
    private readonly held: readonly number[],
  ) {
    this.#sums = new Float64Array(starts.length + 1);
    for (let bucket = 0; bucket < starts.length; bucket++)
      this.#sums[bucket + 1] = (this.#sums[bucket] ?? 0) + (held[bucket] ?? 0) * (this.#endOf(bucket) - (starts[bucket] ?? 0));
  }

  /** Mean share in [0, 1]; 0 for an empty span. */
  between(from: number, to: number): number {
    const first = Math.max(0, from);
    const last = Math.min(this.tokens, to);
    return last > first ? Math.min(1, Math.max(0, (this.#before(last) - this.#before(first)) / (last - first))) : 0;
  }

  #before(token: number): number {
    if (this.starts.length === 0) return 0;
    const bucket = lastAtOrBefore(this.starts, token);
    if (bucket < 0) return 0;
    const inside = Math.min(token, this.#endOf(bucket)) - (this.starts[bucket] ?? 0);
    return (this.#sums[bucket] ?? 0) + inside * (this.held[bucket] ?? 0);
  }

  #endOf(bucket: number): number {
    return this.starts[bucket + 1] ?? this.tokens;
  }
}

/** Share still held in each tenth of the sequence. */
export function tenths(share: HeldShare, tokens: number): number[] {
  return Array.from({ length: 10 }, (_, tenth) => share.between((tokens * tenth) / 10, (tokens * (tenth + 1)) / 10));
}

/** The file a token belongs to, if any; files are in reading order. */
export function fileAt(files: readonly FileSpan[], token: number): FileSpan | undefined {
  let low = 0;
  let high = files.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((files[middle]?.end ?? 0) <= token) low = middle + 1;
    else high = middle;
  }
  const file = files[low];
  return file && file.start <= token ? file : undefined;
}

/** Where files begin, in pixels, leaving out those closer than `gap` to the last one marked. */
export function boundaries(
  files: readonly FileSpan[],
  tokens: number,
  width: number,
  gap: number,
): { x: number; width: number; path: string; replaced: boolean }[] {
  const marks: { x: number; width: number; path: string; replaced: boolean }[] = [];
  let last = -Infinity;
  for (const file of files) {
    const x = (file.start / tokens) * width;
    if (x - last < gap) continue;
    marks.push({ x, width: ((file.end - file.start) / tokens) * width, path: file.path, replaced: file.replaced });
    last = x;
  }
  return marks;
}

/** Where replaced files lie, in pixels; neighbours are one stretch. */
export function replacedStretches(files: readonly FileSpan[], tokens: number, width: number): { x: number; width: number }[] {
  const stretches: { start: number; end: number }[] = [];
  for (const { start, end, replaced } of files) {
    if (!replaced) continue;
    const last = stretches.at(-1);
    if (last?.end === start) last.end = end;
    else stretches.push({ start, end });
  }
  return stretches.map(({ start, end }) => ({ x: (start / tokens) * width, width: ((end - start) / tokens) * width }));
}

function lastAtOrBefore(starts: readonly number[], token: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= token) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
