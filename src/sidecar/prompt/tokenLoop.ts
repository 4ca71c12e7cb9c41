/**
 * Notices that a model has begun to write the same tokens over and over. Tokens are compared, not characters: a loop of a
 * small model repeats them exactly, and nothing has to be decoded. Code and tables repeat themselves too, so a cycle
 * counts only when it came three times in a row and, if it is short, fills as much as a long line of such repetitions.
 */

/** Tokens of the longest cycle that is looked for: three rounds of it fit into an answer of 512 tokens. */
const longestCycle = 160;
const rounds = 3;
/** Tokens that a cycle and its repetitions take at least. A row of 24 zeros with their commas takes fewer. */
const shortestLoop = 64;

export class TokenLoop {
  private readonly written: number[] = [];
  /** For every length of a cycle: how many of the last tokens equal the one that many before them. */
  private readonly repeated = new Uint32Array(longestCycle + 1);

  /** @returns how many tokens came before the repetitions began, the first round included; undefined: nothing repeats itself */
  push(token: number): number | undefined {
    const { written, repeated } = this;
    const at = written.push(token) - 1;
    for (let cycle = 1; cycle <= longestCycle && cycle <= at; cycle++)
      repeated[cycle] = written[at - cycle] === token ? (repeated[cycle] ?? 0) + 1 : 0;
    for (let cycle = 1; cycle <= longestCycle; cycle++) {
      const again = repeated[cycle] ?? 0;
      if (again + cycle >= Math.max(rounds * cycle, shortestLoop)) return written.length - again;
    }
    return undefined;
  }
}
