/** From what was measured to what is said: the same lines with and without memory, side by side, and the times of typing. */
import { mean, median, quantile } from 'simple-statistics';
import { pairedDifference, type Difference } from './bootstrap';
import { kinds, type Kind } from './heldOutPlaces';
import type { CompletionRun, Guess, MeasuredPlace, TypedRequest, Typing } from './result';

export interface Figures {
  /** Share of the lines for which nothing is suggested. */
  silent: number;
  exact: number;
  first: number;
  similarity: number;
  nats: number;
}

export interface Row {
  /** A class of lines, a repository, or all. */
  name: string;
  lines: number;
  alone: Figures;
  memory: Figures;
  /** Memory minus alone. */
  similarity: Difference;
  /** Of the lines for which both ways suggest something: silence is no text that could be near another. */
  suggested: { lines: number; similarity?: Difference };
  nats: Difference;
}

type Pair = Pick<MeasuredPlace, 'alone'> & { memory: Guess };

/** Both classes, all lines, then every repository's lines of each class; what was not measured both ways has no part. */
export function completionRows({ repositories }: CompletionRun): { classes: Row[]; repositories: Row[] } {
  const all = Object.values(repositories);
  const of = (places: readonly MeasuredPlace[], kind?: Kind) => pairs(kind ? places.filter((place) => place.kind === kind) : places);
  const everywhere = all.flatMap(({ places }) => places);
  return {
    classes: [...kinds.map((kind) => row(kind, of(everywhere, kind))), row('all', of(everywhere))].flat(),
    repositories: all.flatMap(({ name, places }) => kinds.flatMap((kind) => row(`${name}, ${kind}`, of(places, kind)))),
  };
}

function pairs(places: readonly MeasuredPlace[]): Pair[] {
  return places.flatMap(({ alone, memory }) => (memory ? [{ alone, memory }] : []));
}

/** @returns one row, or none without lines */
function row(name: string, measured: readonly Pair[]): Row[] {
  const difference = (some: readonly Pair[], of: (guess: Guess) => number) =>
    pairedDifference(some.map(({ alone, memory }) => of(memory) - of(alone)));
  const similarity = difference(measured, (guess) => guess.similarity);
  const nats = difference(measured, (guess) => guess.nats);
  const both = measured.filter(({ alone, memory }) => !silent(alone) && !silent(memory));
  const near = difference(both, (guess) => guess.similarity);
  if (!similarity || !nats) return [];
  return [
    {
      name,
      lines: measured.length,
      alone: figures(measured.map(({ alone }) => alone)),
      memory: figures(measured.map(({ memory }) => memory)),
      similarity,
      suggested: { lines: both.length, ...(near ? { similarity: near } : {}) },
      nats,
    },
  ];
}

const silent = ({ text }: Guess): boolean => text.trim() === '';

function figures(guesses: readonly Guess[]): Figures {
  const of = (pick: (guess: Guess) => number | boolean) => mean(guesses.map((guess) => Number(pick(guess))));
  return {
    silent: of(silent),
    exact: of(({ exact }) => exact),
    first: of(({ first }) => first),
    similarity: of(({ similarity }) => similarity),
    nats: of(({ nats }) => nats),
  };
}

export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

export interface TypingSummary {
  asked: number;
  answered: number;
  /** Share of the requests that a newer key stopped before they were answered. */
  overtaken: number;
  /** Milliseconds; absent when no request ended so. */
  answer?: Percentiles;
  /** Until a request that was stopped had ended. */
  stopped?: Percentiles;
  /** Medians over the answered requests, tokens. */
  reused: number;
  read: number;
  generated: number;
}

export function summariseTyping({ requests }: Typing): TypingSummary {
  const answers = requests.flatMap(({ answer }) => (answer ? [answer] : []));
  const answer = percentiles(requests.filter((request) => request.answer));
  const stopped = percentiles(requests.filter((request) => !request.answer));
  const of = (values: readonly number[]) => (values.length === 0 ? NaN : median([...values]));
  return {
    asked: requests.length,
    answered: answers.length,
    overtaken: requests.length === 0 ? NaN : 1 - answers.length / requests.length,
    ...(answer ? { answer } : {}),
    ...(stopped ? { stopped } : {}),
    reused: of(answers.map(({ reusedTokens }) => reusedTokens)),
    read: of(answers.map(({ readTokens }) => readTokens)),
    generated: of(answers.map(({ generatedTokens }) => generatedTokens)),
  };
}

/** @returns undefined without requests */
export function percentiles(requests: readonly Pick<TypedRequest, 'milliseconds'>[]): Percentiles | undefined {
  if (requests.length === 0) return undefined;
  const [p50 = NaN, p95 = NaN, p99 = NaN] = quantile(
    requests.map(({ milliseconds }) => milliseconds),
    [0.5, 0.95, 0.99],
  );
  return { p50, p95, p99 };
}
