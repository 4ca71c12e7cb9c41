/**
 * How long a conversation may be: what a layer can hold at once beside the answer, as far as there is room behind the
 * repository memory. A longer one would be thinned out while it is read, so nobody is told that it fits.
 */
import type { ChatLimits } from '../../protocol';

/** Share of a conversation that is kept for the answer, at most `longestAnswer` tokens. */
const answerShare = 0.25;
const longestAnswer = 4096;

/**
 * @param budgets KV entries of each layer with full attention
 * @param room tokens that still fit behind the memory
 * @param recalled tokens of exact source that may be added to a prompt
 */
export function chatLimits(budgets: readonly number[], room: number, recalled: number): ChatLimits {
  const mean = budgets.length === 0 ? room : Math.floor(budgets.reduce((sum, budget) => sum + budget, 0) / budgets.length);
  // One for the token that starts a text, which stands before a conversation without a repository.
  const all = Math.max(0, Math.min(room, mean) - recalled - 1);
  const outputTokens = Math.min(longestAnswer, Math.floor(all * answerShare));
  return { inputTokens: all - outputTokens, outputTokens };
}
