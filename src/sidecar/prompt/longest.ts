/**
 * The longest question, and the longest conversation, that are worth reading: of a question longer than the cache its own
 * beginning would be gone before it is answered. Counted piece by piece before anything is done with it, and no further
 * than to the limit, so that refusing ten megabytes costs no more than reading a long question.
 */
import type { AskParams } from '../../protocol';
import type { LoadedModel } from '../engine/loadedModel';
import { BonsaiError } from '../errors';
import { tokenizeInPieces } from './tokenizeInPieces';

/** Earlier turns have been read before, mostly; as many times the cache as nobody reads again. */
const longestHistory = 16;

type Asked = Pick<LoadedModel, 'model'> & {
  cache: Pick<LoadedModel['cache'], 'stats'>;
  sequences: { chat: Pick<LoadedModel['sequences']['chat'], 'id'> };
};

/** @throws BonsaiError `context-full`; the signal's reason when stopped */
export async function mustFit({ model, cache, sequences }: Asked, params: AskParams, signal?: AbortSignal): Promise<void> {
  const { budgets } = cache.stats(sequences.chat.id);
  if (budgets.length === 0) return;
  const held = Math.floor(budgets.reduce((sum, budget) => sum + budget, 0) / budgets.length);
  const { question, selection, attachments = [], system = '', begun = '', history = [], steps = [], tools = [] } = params;
  const calls = steps.flatMap(({ text, call, result }) => [text, call.arguments, result]);
  const offered = tools.length > 0 ? [JSON.stringify(tools)] : [];
  const asked = [question, selection?.text ?? '', ...attachments.map(({ text }) => text), system, begun, ...calls, ...offered];
  if (await longerThan(held, asked))
    throw new BonsaiError(
      'context-full',
      `The question takes more than ${held} tokens with all that is attached to it, and the cache holds ${held}. Ask with less attached, or use a larger budget.`,
    );
  const most = longestHistory * held;
  const turns = history.map(({ text }) => text);
  if (await longerThan(most, turns))
    throw new BonsaiError('context-full', `The conversation takes more than ${most} tokens. Begin a new chat, or use a larger budget.`);

  async function longerThan(limit: number, texts: readonly string[]): Promise<boolean> {
    let left = limit;
    for (const text of texts) {
      left -= (await tokenizeInPieces(model, text, { most: left, signal })).length;
      if (left < 0) return true;
    }
    return false;
  }
}
