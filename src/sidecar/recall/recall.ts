/**
 * Adds exact source to a question. It helps or it stays away: without an index, or when anything in it
 * fails, the question is asked as it is.
 */
import { messageOf } from '../../protocol/messageOf';
import type { AskParams } from '../../protocol';
import type { LoadedModel } from '../engine/loadedModel';
import { log } from '../engine/llama';
import { chatPrompt, type ChatPrompt } from '../prompt/chatPrompt';
import { tokenizeText } from '../prompt/modelTokens';
import { chooseSpans, type SourceSpan } from './spans';
import type { RecallIndex } from './types';

/** What recall needs of whoever keeps the repository. */
export interface RecallSource {
  /** Undefined while nothing is indexed. */
  readonly index: RecallIndex | undefined;
}

/** Of the window the model was trained on: what is added must leave room for the question, and for the answer. */
const windowShare = 1 / 5;
/** Tokens; reading more before every answer takes longer than it helps. */
const largestBudget = 2048;

/** Of the entries of a layer: what is more pushes out its own beginning, and the question (docs/results/defaults.md). */
const entriesShare = 1 / 2;

/**
 * @param room tokens that still fit behind the repository and the question; the answer needs the other half
 * @param budgets entries of the layers; none: nothing is evicted
 */
export function recallBudget(trainedWindow: number, room: number, budgets: readonly number[]): number {
  const entries = budgets.length === 0 ? Infinity : budgets.reduce((sum, budget) => sum + budget, 0) / budgets.length;
  const most = Math.min(largestBudget, trainedWindow * windowShare, room / 2, entries * entriesShare);
  return Math.max(0, Math.floor(most));
}

/** @returns the prompt, what was added to it, and the tokens it would have without */
export function promptWithRecall(
  loaded: Pick<LoadedModel, 'model' | 'chatTemplate' | 'info' | 'cache' | 'sequences'>,
  source: RecallSource,
  ask: AskParams,
): { prompt: ChatPrompt; recalled: SourceSpan[]; plainTokens: number } {
  const { model, chatTemplate, info, cache, sequences } = loaded;
  const plain = chatPrompt(model, chatTemplate, ask);
  const plainTokens = plain.tokens.length;
  try {
    const { index } = source;
    const { budgets } = cache.stats(sequences.memory.id);
    const budget = recallBudget(info.trainedWindow, sequences.memory.room - plainTokens, budgets);
    const recalled = index && budget > 0 ? spansForQuestion(index, ask, budget, (text) => tokenizeText(model, text).length) : [];
    const prompt = recalled.length === 0 ? plain : chatPrompt(model, chatTemplate, { ...ask, recalled });
    return { prompt, recalled, plainTokens };
  } catch (error) {
    log(`No source could be added to the question: ${messageOf(error)}`);
    return { prompt: plain, recalled: [], plainTokens };
  }
}

/** @param budget tokens @param count tokens of a text */
export function spansForQuestion(
  index: RecallIndex,
  { question, history = [], selection, attachments = [] }: AskParams,
  budget: number,
  count: (text: string) => number,
): SourceSpan[] {
  const present = [...attachments, ...(selection ? [selection] : [])];
  const candidates = index.search({
    text: question,
    history: [...history.map(({ text }) => text), ...present.map(({ text }) => text)],
    present,
  });
  return chooseSpans(candidates, { budget, count });
}
