/**
 * How much the engine should care for each line, as the weights of its hints. What a reader would keep of a file are
 * the heads of its definitions; a comment is the first thing to go. The steps are small: a weight tips the scale
 * between tokens that matter alike, no more.
 */
import type { FileCode, LineRole } from './types';

/** 1 is neutral: the weight of a line of code. */
export const roleWeights = { signature: 2, import: 1.5, header: 1.2, comment: 0.7 } as const satisfies Record<LineRole, number>;

/** @returns one weight per line, the first line at index 0; roles that reach beyond the last line end there */
export function lineWeights(code: FileCode, lines: number): Float32Array {
  const weights = new Float32Array(lines).fill(1);
  for (const { startLine, endLine, role } of code.roles) weights.fill(roleWeights[role], startLine - 1, endLine);
  return weights;
}
