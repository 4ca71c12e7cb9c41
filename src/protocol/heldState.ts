/**
 * States with names, so that nobody has to tell shades apart. `held`: practically every token. `gone`: less than one
 * token is left. `recallable`: the same, but the archive has all of it. `thinned`: everything between.
 */
export type HeldState = 'held' | 'thinned' | 'recallable' | 'gone';
export const heldStates: readonly HeldState[] = ['held', 'thinned', 'recallable', 'gone'];

const heldFrom = 0.99;

/** @param share in [0, 1], of `tokens` tokens @param archived whether the archive has all of them */
export function heldState(share: number, tokens: number, archived = false): HeldState {
  if (share >= heldFrom) return 'held';
  if (share * tokens >= 1) return 'thinned';
  return archived ? 'recallable' : 'gone';
}
