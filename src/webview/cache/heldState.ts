/**
 * Policy: states with names, so that nobody has to tell shades apart. `held`: practically every token. `gone`: less than one
 * token is left. `recallable`: the same, but the archive has all of it. `thinned`: everything between, said as "one in so many".
 */
import { share as asShare, words, type Strings } from '../shared/words';

export type HeldState = 'held' | 'thinned' | 'recallable' | 'gone';
export const heldStates: readonly HeldState[] = ['held', 'thinned', 'recallable', 'gone'];

const heldFrom = 0.99;

/** @param share in [0, 1], of `tokens` tokens @param archived whether the archive has all of them */
export function heldState(share: number, tokens: number, archived = false): HeldState {
  if (share >= heldFrom) return 'held';
  if (share * tokens >= 1) return 'thinned';
  return archived ? 'recallable' : 'gone';
}

/** The state in words, with how many tokens there were for one that is kept. */
export function stateWords(strings: Strings, share: number, tokens: number, archived = false): string {
  const state = heldState(share, tokens, archived);
  if (state !== 'thinned') return strings[state] ?? '';
  const oneIn = 1 / share;
  const thinned = words(strings, 'thinnedTo', oneIn < 9.95 ? oneIn.toFixed(1).replace(/\.0$/, '') : Math.round(oneIn));
  return archived ? words(strings, 'restRecallable', thinned) : thinned;
}

/** The share as a label; of a file of which not one token is left it is 0%, as the legend says. */
export function heldPercent(share: number, tokens: number): string {
  return heldState(share, tokens) === 'gone' ? asShare(0) : asShare(share);
}
