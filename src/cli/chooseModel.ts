/** Which of the models on this machine is taken when none was named. */
import type { FoundModels } from '../protocol';

/**
 * The largest that is quick enough here, one that writes ghost text before one that does not; where none is quick enough, the smallest.
 * @param look finds the models @param measure finds out how quick this machine is; called when that is not known yet
 * @returns the path of a file; undefined: there is none that can chat and fits
 */
export async function chooseModel(look: () => Promise<FoundModels>, measure: () => Promise<unknown>): Promise<string | undefined> {
  let { models } = await look();
  if (models.some(({ usable }) => usable === undefined)) {
    await measure();
    ({ models } = await look());
  }
  const fitting = models.filter(({ chat, fits }) => chat && fits);
  const quick = fitting.filter(({ usable }) => usable).toSorted((a, b) => Number(b.fim) - Number(a.fim) || b.bytes - a.bytes);
  return (quick[0] ?? fitting.toSorted((a, b) => a.bytes - b.bytes)[0])?.path;
}
