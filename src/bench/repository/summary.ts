/**
 * From scores to what is said: means with 95 % intervals by a bootstrap over the items within each repository, as a share
 * of the oracle, and against retrieval on the same items.
 */
import { mean, quantile, sampleWithReplacement } from 'simple-statistics';
import { seeded } from '../../sidecar/random';
import { taskNames, type Task } from './items';
import type { Cell, RepositoryRun, Score } from './result';

export interface Interval {
  mean: number;
  low: number;
  high: number;
  count: number;
}

export interface TaskRow {
  key: string;
  task: Task;
  right: Interval;
  /** Nats per token of the right answer. */
  nats: number;
  similarity?: number;
  /** `right` against the oracle's: 1 is all that this model can do. Absent: the oracle has none right. */
  ofOracle?: number;
  /** `right` minus retrieval's on the same items. */
  overRetrieval?: Interval;
  /** Nats minus retrieval's on the same items; less is better. */
  natsOverRetrieval?: Interval;
  /** Share of the items whose answering lines were in the prompt. */
  found: number;
  readTokens: number;
  /** Given as rows; absent: the arm gives none. */
  recalledTokens?: number;
  milliseconds: number;
  /** Of `turns`: share right at the first question and at the last. */
  turns?: { first: number; last: number };
}

const resamples = 2000;

/** @param groups values of one repository each; resampled within each. @throws RangeError without values */
export function stratified(groups: readonly (readonly number[])[], seed = 1): Interval {
  const filled = groups.filter((group) => group.length > 0).map((group) => [...group]);
  const values = filled.flat();
  if (values.length === 0) throw new RangeError('There is nothing to take a mean of.');
  const random = seeded(seed);
  const means = Array.from({ length: resamples }, () =>
    mean(filled.flatMap((group) => sampleWithReplacement(group, group.length, random))),
  );
  return { mean: mean(values), low: quantile(means, 0.025), high: quantile(means, 0.975), count: values.length };
}

type Cells = Record<string, Cell>;

const scoresOf = (cells: Cells | undefined, task: Task): Score[][] =>
  Object.values(cells ?? {}).flatMap((cell) => (cell.scores[task] ? [cell.scores[task]] : []));

/** In the order of the tasks, then of the rows as they were measured. */
export function taskRows(run: RepositoryRun): TaskRow[] {
  return taskNames.flatMap((task) =>
    Object.entries(run.rows).flatMap(([key, cells]) => {
      const groups = scoresOf(cells, task);
      return groups.flat().length === 0 ? [] : [taskRow(run, task, key, groups)];
    }),
  );
}

function taskRow(run: RepositoryRun, task: Task, key: string, groups: Score[][]): TaskRow {
  const all = groups.flat();
  const right = stratified(groups.map((group) => group.map((score) => score.right)));
  const similarity = all.flatMap((score) => (score.similarity === undefined ? [] : [score.similarity]));
  // Shares are of the repositories that both have been measured on.
  const oracle = matched(run.rows[key], run.rows['oracle'], task);
  const best = oracle.length === 0 ? 0 : mean(oracle.flat().map(([, theirs]) => theirs.right));
  const mine = oracle.length === 0 ? 0 : mean(oracle.flat().map(([own]) => own.right));
  const pairs = key === 'retrieval' ? [] : matched(run.rows[key], run.rows['retrieval'], task);
  const recalled = all.flatMap(({ recalledTokens }) => (recalledTokens === undefined ? [] : [recalledTokens]));
  const turns = all.flatMap((score) => (score.turns ? [score.turns] : []));
  return {
    key,
    task,
    right,
    nats: mean(all.map(({ nats }) => nats)),
    ...(similarity.length === 0 ? {} : { similarity: mean(similarity) }),
    ...(best === 0 ? {} : { ofOracle: mine / best }),
    ...(pairs.length === 0
      ? {}
      : {
          overRetrieval: stratified(pairs.map((group) => group.map(([own, theirs]) => own.right - theirs.right))),
          natsOverRetrieval: stratified(pairs.map((group) => group.map(([own, theirs]) => own.nats - theirs.nats))),
        }),
    found: mean(all.map(({ found }) => (found ? 1 : 0))),
    readTokens: mean(all.map(({ readTokens }) => readTokens)),
    ...(recalled.length === 0 ? {} : { recalledTokens: mean(recalled) }),
    milliseconds: mean(all.map(({ milliseconds }) => milliseconds)),
    ...(turns.length === 0
      ? {}
      : { turns: { first: mean(turns.map(([first = 0]) => first)), last: mean(turns.map((turn) => turn.at(-1) ?? 0)) } }),
  };
}

/** The same items of both, by repository. */
function matched(own: Cells | undefined, theirs: Cells | undefined, task: Task): [Score, Score][][] {
  return Object.entries(own ?? {}).flatMap(([folder, cell]) => {
    const others = new Map((theirs?.[folder]?.scores[task] ?? []).map((score) => [score.id, score]));
    const pairs = (cell.scores[task] ?? []).flatMap((score): [Score, Score][] => {
      const other = others.get(score.id);
      return other ? [[score, other]] : [];
    });
    return pairs.length === 0 ? [] : [pairs];
  });
}

export interface CacheRow {
  key: string;
  /** Means over the repositories. */
  tokens: number;
  entries: number;
  kvBytes: number;
  readingSeconds: number;
}

/** Of the rows that have the repository in a cache. */
export function cacheRows(run: RepositoryRun): CacheRow[] {
  return Object.entries(run.rows).flatMap(([key, cells]) => {
    const all = Object.values(cells).filter(({ tokens }) => tokens > 0);
    if (all.length === 0) return [];
    return [
      {
        key,
        tokens: mean(all.map(({ tokens }) => tokens)),
        entries: mean(all.map(({ budgets }) => mean(budgets))),
        kvBytes: mean(all.map(({ kvBytes }) => kvBytes)),
        readingSeconds: mean(all.map(({ readingSeconds }) => readingSeconds)),
      },
    ];
  });
}
