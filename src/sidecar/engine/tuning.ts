/**
 * The numbers behind a policy that no user should have to know: they are measured once and then stand here. The command
 * line can change them for experiments; the protocol does not carry them.
 */
export interface EngineTuning {
  /** First tokens of a sequence, never evicted. */
  sinks: number;
  /** Share (0..1) of the resident entries kept for the newest tokens. */
  recentShare: number;
  /** Share (0..1) of the entries between sinks and recent window that `hybrid` keeps for the novelty of their keys. */
  outlierShare: number;
  /** Neighbouring tokens (1..32) that stay or leave together. */
  block: number;
  /** Whether KV heads start their tree at different places, so that together they hold more; the paper's all start alike. */
  stagger: boolean;
  /** Queries of a chunk (1..64) whose attention is sampled where a score needs it. */
  samples: number;
  /** Sampled queries that must have seen an entry before its score counts. */
  minSeen: number;
  /** How the query heads of one KV head are put together where attention is the score. */
  gqa: 'mean' | 'max';
  /** Whether the loser of a pair is merged into its winner instead of dropped, under the trees and `hybrid`. */
  merge: boolean;
  /** SqueezeAttention: share of the mean budget left to the least important layers; 1 is uniform. */
  squeezeP: number;
}

export const defaultTuning: EngineTuning = {
  sinks: 4,
  // TreeKV's own layout keeps half of the residents for the newest tokens; a tree loses nothing with a quarter, and the
  // outliers of `hybrid` need the room (docs/results/quality.md).
  recentShare: 0.25,
  outlierShare: 0.4,
  // Whole names and calls stay together; measured against 1, 4, 16 and 32 (docs/results/quality.md).
  block: 8,
  stagger: true,
  samples: 8,
  minSeen: 1,
  gqa: 'mean',
  merge: false,
  // The middle of the paper's range (arXiv 2404.04793, 0.3 to 0.4).
  squeezeP: 0.35,
};
