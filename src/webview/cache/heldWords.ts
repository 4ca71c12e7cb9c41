/** The states of what is held, in words: a thinned one says "one in so many". */
import { heldState } from '../../protocol/heldState';
import { share as asShare, words, type Strings } from '../shared/words';

export { heldState, heldStates, type HeldState } from '../../protocol/heldState';

/** The state in words, with how many tokens there were for one that is kept. */
export function stateWords(strings: Strings, share: number, tokens: number, archived = false): string {
  const state = heldState(share, tokens, archived);
  if (state !== 'thinned') return strings[state] ?? '';
  const oneIn = 1 / share;
  const thinned = words(strings, 'thinnedTo', oneIn < 9.95 ? oneIn.toFixed(1).replace(/\.0$/, '') : Math.round(oneIn));
  return archived ? words(strings, 'restRecallable', thinned) : thinned;
}

/** The share as a label; of a file of which no token is left it is 0%, as the legend says. */
export function heldPercent(share: number, tokens: number): string {
  return heldState(share, tokens) === 'gone' ? asShare(0) : asShare(share);
}
