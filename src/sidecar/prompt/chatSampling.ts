/**
 * How the tokens of an answer are chosen. Penalties on repetition are left out of ordinary answers, since code repeats its
 * words and signs by right; they come in where a loop has been stopped and the answer goes on. See docs/results/sampling.md.
 */
import type { SamplerConfig } from '../engine/addon';

/** Seed 1: the same question gets the same answer. */
export const chatSampling = { temperature: 0.2, topP: 0.9, minP: 0.05, seed: 1 } satisfies SamplerConfig;

/** The demo model knows its copies best when it may not guess. */
export const demoSampling = { temperature: 0 } satisfies SamplerConfig;

/** Tokens that a penalty looks back on. */
const lookedBackOn = 256;

/** Out of a loop. @param begun tokens of the answer so far, whose end is not to come again */
export function loopSampling(begun: Uint32Array): SamplerConfig {
  return {
    ...chatSampling,
    temperature: 0.8,
    repeatPenaltyTokens: begun.slice(-lookedBackOn),
    repeatPenaltyMaxTokens: lookedBackOn,
    repeatPenalty: 1.1,
  };
}
