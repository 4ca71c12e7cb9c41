/** What the speed and memory runs write down: every single measurement, and from them what is published. */
import { max, median } from 'simple-statistics';
import type { ProbeAnswer, ProbeSample } from './probeMessages';

export interface Series {
  name: string;
  samples: ProbeSample[];
}

export interface Point {
  tokens: number;
  prefill: number;
  decode: number;
  kvBytes: number;
  kvBytesFull: number;
  rss: number;
  /** Measurements behind the medians. */
  count: number;
}

/** One number for the measurements of several rounds. */
export type Statistic = (values: number[]) => number;
export const typical: Statistic = median;
/** What else runs on a machine only ever makes a round slower, so its fastest one says most about the code. */
export const fastest: Statistic = max;

/** @returns one point for each length, ascending */
export function points({ samples }: Series, statistic: Statistic = typical): Point[] {
  const lengths = [...new Set(samples.map(({ tokens }) => tokens))].toSorted((a, b) => a - b);
  return lengths.map((tokens) => {
    const at = samples.filter((sample) => sample.tokens === tokens);
    const of = (pick: (sample: ProbeSample) => number) => statistic(at.map(pick));
    return {
      tokens,
      prefill: of((sample) => sample.prefill),
      decode: of((sample) => sample.decode),
      kvBytes: of((sample) => sample.kvBytes),
      kvBytesFull: of((sample) => sample.kvBytesFull),
      rss: of((sample) => sample.rss),
      count: at.length,
    };
  });
}

export function pointAt(series: Series | undefined, tokens: number, statistic: Statistic = typical): Point | undefined {
  return series && points(series, statistic).find((point) => point.tokens === tokens);
}

export function add(series: Map<string, Series>, name: string, answer: ProbeAnswer): void {
  const known = series.get(name) ?? { name, samples: [] };
  known.samples.push(...answer.samples);
  series.set(name, known);
}

/** Doubling, from `first` to `last`, which is among them. */
export function doubling(first: number, last: number): number[] {
  const lengths = [];
  for (let length = first; length < last; length *= 2) lengths.push(length);
  return [...lengths, last];
}
