/**
 * Two things measured in turns, a few tokens each: whatever else the machine does meets both, and what is told is the mean
 * of the turns' ratios with its interval.
 */
import { median } from 'simple-statistics';
import { pairedDifference, type Difference } from '../completion/bootstrap';

/** Tokens a second. */
export interface Speeds {
  read: number;
  written: number;
}

export interface TurnPair {
  /** What is compared with. */
  base: Speeds;
  other: Speeds;
}

const none: Difference = { mean: NaN, low: NaN, high: NaN };

/** @param turns at least one */
export function summariseTurns(turns: readonly TurnPair[]) {
  const ratios = (which: keyof Speeds) => pairedDifference(turns.map(({ base, other }) => other[which] / base[which])) ?? none;
  const typical = (side: keyof TurnPair): Speeds => ({
    read: median(turns.map((turn) => turn[side].read)),
    written: median(turns.map((turn) => turn[side].written)),
  });
  return { read: ratios('read'), written: ratios('written'), medians: { base: typical('base'), other: typical('other') } };
}

/** As it stands in a page: the mean and its 95 % interval. */
export const shownRatio = ({ mean, low, high }: Difference) => `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;

/**
 * @param measure one of them, once; the first turn only warms up
 * @returns one fewer than `turns`
 */
export async function takeTurns(
  turns: number,
  measure: { base: () => Promise<Speeds>; other: () => Promise<Speeds> },
  onTurn: (turn: number) => void,
): Promise<TurnPair[]> {
  const taken: TurnPair[] = [];
  for (let turn = 0; turn < turns; turn++) {
    // Who comes first changes.
    const first = turn % 2 === 0 ? await measure.base() : undefined;
    const other = await measure.other();
    const base = first ?? (await measure.base());
    if (turn > 0) taken.push({ base, other });
    onTurn(turn + 1);
  }
  return taken;
}
