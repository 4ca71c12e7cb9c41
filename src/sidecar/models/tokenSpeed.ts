/**
 * How fast a model would be on this machine, from what one token costs the model and what the machine was measured to
 * do. A token that is written reads every weight in use from memory once; a token that is read shares that with the
 * others of its chunk, so there the multiplications count. Compared with measurements in docs/results/recommended.md.
 */

/** What a machine does with weights of about four bits, measured on the engine. */
export interface MachineSpeed {
  /** Multiplications by a weight per second, while text is read. */
  multiplications: number;
  /** Bytes of weights per second, while text is written. */
  bytes: number;
}

/** What one token costs a model. */
export interface TokenCost {
  /** Weights that a token is multiplied by while it is read: all of its layers, of experts those in use. */
  readWeights: number;
  /** Bytes of weights per token that is written: the same and the output matrix. */
  writeBytes: number;
  /** Multiplications per KV entry in all layers: twice the width of the queries in each. */
  attention: number;
  /** Bytes of one entry's keys and values in all layers. */
  entryBytes: number;
}

/** Tokens per second. */
export interface TokenSpeed {
  reading: number;
  writing: number;
}

/** What a multiplication with a KV entry (f16) takes, in those with a weight (docs/results/recommended.md). */
const attentionCost = 1;

/** @param entries KV entries per layer that a token looks at */
export function tokenSpeed(cost: TokenCost, machine: MachineSpeed, entries: number): TokenSpeed {
  return {
    reading: machine.multiplications / (cost.readWeights + attentionCost * cost.attention * entries),
    writing: machine.bytes / (cost.writeBytes + cost.entryBytes * entries),
  };
}

/** Tokens per second below which working with a model is no use: a question's 1,000 tokens of context take over half a minute, an answer is slower than one reads. */
export const leastUsable: TokenSpeed = { reading: 30, writing: 5 };

export function isUsable(speed: TokenSpeed): boolean {
  return speed.reading >= leastUsable.reading && speed.writing >= leastUsable.writing;
}
