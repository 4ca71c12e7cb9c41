/**
 * What costs little is done at once, what costs more is asked for first. Little is ten seconds by the measured
 * rate; while nothing was measured yet, a number of tokens that even a slow machine reads in about that time.
 */
import type { RepositoryPlan } from '../../protocol';

/** A reading that is estimated to take longer is agreed on first, seconds. */
export const longSeconds = 10;
/** And so is one of more tokens than this while the rate is not known. */
export const unmeasuredTokens = 2000;

export interface Price {
  /** Tokens that will be read, those restored or in the archive left out. */
  tokens: number;
  /** Null: nothing was read on this machine with this model yet. */
  seconds: number | null;
  /** Whether to begin without asking. */
  small: boolean;
}

/** @param again everything is read again, and what is held now is thrown away */
export function priceOf(plan: RepositoryPlan, again: boolean): Price {
  const { tokensPerSecond } = plan;
  const tokens = again ? plan.tokens - plan.tokensArchived : plan.tokensToRead;
  const seconds = again ? (tokensPerSecond === null ? null : tokens / tokensPerSecond) : plan.secondsToRead;
  const quick = seconds === null ? tokens <= unmeasuredTokens : seconds <= longSeconds;
  const loses = again && plan.tokensHeld > 0;
  return { tokens, seconds, small: tokens === 0 || (plan.fits && quick && !loses) };
}
