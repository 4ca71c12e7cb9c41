/**
 * What is asked of a repository: tasks whose answers are known exactly, drawn from its own source by a seeded program. The
 * same items are asked of every arm, of every model.
 */
import type { SourceLines } from '../../sidecar/prompt/sourceBlock';

export const taskNames = ['constants', 'signatures', 'needle', 'callers', 'two-hop', 'next-line', 'turns'] as const;
export type Task = (typeof taskNames)[number];

interface Answerable {
  /** Names the item in the results: `src/a.ts:12 retryLimit`. */
  id: string;
  /** The lines that answer it: what the oracle is given, and what retrieval should find. */
  where: readonly SourceLines[];
}

/** The model goes on with `lead`, and must write `answer` before the closing backtick. */
export interface ExactItem extends Answerable {
  kind: 'exact';
  question: string;
  lead: string;
  answer: string;
}

/** The choice with the highest mean log-probability per token behind `lead` is the answer. */
export interface ChoiceItem extends Answerable {
  kind: 'choice';
  question: string;
  lead: string;
  choices: readonly string[];
  /** Index into `choices`, whose order was shuffled. */
  right: number;
}

/** A line of a file that was held out, behind what stands before it in that file. */
export interface LineItem extends Answerable {
  kind: 'line';
  path: string;
  prefix: string;
  truth: string;
}

/** Items that are asked one after the other in one conversation. */
export interface TurnsItem extends Answerable {
  kind: 'turns';
  turns: readonly (ExactItem | ChoiceItem)[];
}

export type Item = ExactItem | ChoiceItem | LineItem | TurnsItem;
export type Items = Record<Task, Item[]>;

/** Each answer is written between backticks, so where it ends is no matter of style. */
export const closing = '`';

/** Choices as the model would write them. */
export function written(choice: string): string {
  return `${choice}${closing}`;
}
