/** From a farm and a store to what a team wants to know: how long, how many bytes, what it costs, and when a new colleague is answered. */
import { mean, median, quantile } from 'simple-statistics';
import { pieceTokens } from '../../sidecar/archive/pieces';
import { below, seeded, type Random } from '../../sidecar/random';
import { archiveBytesPerToken, type Assumptions, type ShapeName } from './assumptions';
import { noTrouble, sharesOf, work, type Trouble, type Worker } from './farm';

export interface Case {
  shape: ShapeName;
  tokensPerSecond: number;
  /** Of one worker. */
  dollarsPerHour: number;
  /** Of a colleague's machine. */
  ownTokensPerSecond: number;
  /** Where the rates were measured; undefined: nowhere, they are assumptions. */
  measuredIn: string | undefined;
}

/** Of several draws; all but the makespans are means. */
export interface Row {
  workers: number;
  /** Seconds until the last is done: the median of the draws, the slowest tenth, and without stragglers and losses. */
  makespan: { median: number; ninetieth: number; calm: number };
  /** Of the time that is paid. */
  shares: Record<'useful' | 'starting' | 'wasted' | 'idle', number>;
  losses: number;
  dollars: number;
}

export interface Store {
  objects: number;
  bytes: number;
  dollarsPerMonth: number;
  /** Once, to write it. */
  dollarsToFill: number;
}

export interface Colleague {
  what: 'what a question needs' | 'everything';
  from: 'store' | 'own machine';
  bytes: number;
  /** Until the rows are there. */
  seconds: number;
  dollars: number;
}

/** Files drawn from those of a real repository until there are enough tokens; the last one is cut. */
export function drawFiles(measured: readonly number[], tokens: number, random: Random): number[] {
  const files: number[] = [];
  for (let left = tokens; left > 0;) {
    const drawn = Math.min(left, measured[below(random, measured.length)] ?? left);
    files.push(drawn);
    left -= drawn;
  }
  return files;
}

export const piecesIn = (files: readonly number[]): number => files.reduce((sum, tokens) => sum + Math.ceil(tokens / pieceTokens), 0);

function workerOf({ shape, tokensPerSecond }: Case, assumed: Assumptions): Worker {
  return {
    tokensPerSecond,
    startSeconds: assumed.startSeconds,
    bytesPerToken: archiveBytesPerToken(shape),
    bytesPerSecond: assumed.workerMegabytesPerSecond * 1e6,
    // The object and its signature, as many objects at once as export sends.
    requestSeconds: (tokens) => 2 * assumed.requestSeconds * Math.ceil(Math.ceil(tokens / pieceTokens) / assumed.atOnce),
  };
}

/** @param seeds of the draws, the same for every number of workers */
export function rowOf(one: Case, files: readonly number[], workers: number, assumed: Assumptions, seeds: readonly number[]): Row {
  const worker = workerOf(one, assumed);
  const shares = sharesOf(files, workers * assumed.sharesPerWorker);
  const draw = (trouble: Trouble, seed: number) => work(shares, { workers, worker, trouble }, seeded(seed));
  const shifts = seeds.map((seed) => draw(assumed, seed));
  const spans = shifts.map(({ makespan }) => makespan);
  const share = (kind: 'useful' | 'starting' | 'wasted' | 'idle') => mean(shifts.map((shift) => shift[kind] / (workers * shift.makespan)));
  return {
    workers,
    makespan: { median: median(spans), ninetieth: quantile(spans, 0.9), calm: draw(noTrouble, 0).makespan },
    shares: { useful: share('useful'), starting: share('starting'), wasted: share('wasted'), idle: share('idle') },
    losses: mean(shifts.map(({ losses }) => losses)),
    dollars: (workers * mean(spans) * one.dollarsPerHour) / 3600,
  };
}

/** Tokens a second above which reading a file is faster than fetching its rows. */
export function breakEven({ shape }: Case, assumed: Assumptions): number {
  return (assumed.colleagueMegabytesPerSecond * 1e6) / archiveBytesPerToken(shape);
}

export function storeOf({ shape }: Case, files: readonly number[], assumed: Assumptions): Store {
  const bytes = assumed.tokens * archiveBytesPerToken(shape);
  const objects = piecesIn(files);
  return {
    objects,
    bytes,
    dollarsPerMonth: (bytes / 1e9) * assumed.dollarsPerGigabyteMonth,
    dollarsToFill: (2 * objects * assumed.dollarsPerThousandPuts) / 1000,
  };
}

/** The same wish from the store, and read on the colleague's own machine. */
export function colleagues(one: Case, files: readonly number[], assumed: Assumptions): Colleague[] {
  const { objects, bytes } = storeOf(one, files, assumed);
  const few = Math.min(assumed.pieces, objects);
  const fromStore = (count: number, size: number, pages: number) => ({
    from: 'store' as const,
    bytes: size,
    // Latency and bytes one after the other, where in truth they overlap a little.
    seconds: assumed.requestSeconds * (pages + 2 * Math.ceil(count / assumed.atOnce)) + size / (assumed.colleagueMegabytesPerSecond * 1e6),
    dollars: (size / 1e9) * assumed.dollarsPerGigabyteOut + (2 * count * assumed.dollarsPerThousandGets) / 1000,
  });
  const own = (size: number) => ({
    from: 'own machine' as const,
    bytes: 0,
    seconds: size / archiveBytesPerToken(one.shape) / one.ownTokensPerSecond,
    dollars: 0,
  });
  const needed = (few / objects) * bytes;
  // Objects and signatures are listed; names of the few are worked out from path and content instead.
  const pages = Math.ceil((2 * objects) / assumed.page);
  return [
    { what: 'what a question needs', ...fromStore(few, needed, 0) },
    { what: 'what a question needs', ...own(needed) },
    { what: 'everything', ...fromStore(objects, bytes, pages) },
    { what: 'everything', ...own(bytes) },
  ];
}
