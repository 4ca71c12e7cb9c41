/**
 * Where a reading begins: with what the memory holds already, with the saved memory that leaves the least to read, or
 * with nothing. A saved memory is restored and probed before it counts; one that fails is passed over, with a word.
 */
import type { Work } from '../engine/sequence';
import type { Catalogue } from './catalogue';
import type { Keeper } from './keeper';
import { replacedIn, truthOf } from './log';
import type { StartingPoint } from './savedStates';
import { inOrder } from './stableOrder';
import { cheapestUpdate, type Update } from './update';

/** A memory that leaves more than this share of the repository to read is not worth what is out of date in it. */
const worthKeeping = 0.9;

export interface Beginning {
  candidate: StartingPoint;
  update: Update;
}

/**
 * What could be gone on with, least reading first.
 * @param held what the memory sequence has now
 * @param worth share of the repository that may be left to read after a memory that is out of date; Infinity: whatever is left
 */
export function beginnings(
  catalogue: Catalogue,
  held: StartingPoint | undefined,
  saved: readonly StartingPoint[],
  worth = worthKeeping,
): Beginning[] {
  const total = catalogue.files.reduce((sum, { tokens }) => sum + tokens, 0);
  return [...(held ? [held] : []), ...saved]
    .map((candidate) => ({
      candidate,
      update: cheapestUpdate(candidate.segments, candidate.points, inOrder(catalogue.files, candidate.order)),
    }))
    .filter(({ update }) => update.position > 0 && (!outdated(update) || update.tokensToRead <= worth * total))
    .toSorted((a, b) => a.update.tokensToRead - b.update.tokensToRead);
}

function outdated({ kept, readings }: Update): boolean {
  const truth = truthOf(kept);
  return replacedIn(kept).length > 0 || readings.some(({ path, from }) => from === 0 && truth.has(path));
}

/**
 * Brings the memory to the first beginning that holds what it promises.
 * @param position of the memory sequence
 * @param onRestoring told before a saved state is loaded
 * @returns undefined when everything has to be read; `notes` says why what was saved could not be used
 */
export async function begin(
  options: readonly Beginning[],
  { keeper, folders, position }: { keeper: Keeper; folders: readonly string[]; position: () => number },
  work: Work,
  notes: string[],
  onRestoring: (update: Update) => void,
): Promise<Beginning | undefined> {
  for (const option of options) {
    if (option.candidate.saved === undefined) {
      // A state that failed may have cost the memory what it had.
      if (position() === option.update.position) return option;
      continue;
    }
    onRestoring(option.update);
    const against = await keeper.restore(option.candidate, option.update.position, folders, work);
    if (against === undefined) return option;
    notes.push(against);
  }
  return undefined;
}
