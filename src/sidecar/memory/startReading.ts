/**
 * Where a reading begins and what it has to read: with what the memory holds already, with the saved memory that leaves the
 * least to read, or with nothing. A saved memory is restored and probed before it counts; one that fails is passed over, with
 * a word.
 */
import type { ReadRepositoryParams } from '../../protocol';
import { messageOf } from '../../protocol/messageOf';
import type { LayerShares } from '../engine/layerShares';
import type { LoadedModel } from '../engine/loadedModel';
import type { Work } from '../engine/sequence';
import { needsOfLayers, repositoryToReplay } from '../measure/layerNeeds';
import { mustHaveFiles, type Catalogue } from './catalogue';
import { sameFolders, type Held } from './held';
import type { Keeper } from './keeper';
import { replacedIn, truthOf } from './log';
import type { StartingPoint } from './savedStates';
import type { MemoryParts, ReadHooks } from './parts';
import { listing } from './readingProgress';
import { inOrder } from './stableOrder';
import { cheapestUpdate, updateFrom, type Update } from './update';

/** The repository as it is now, which is the one in memory from here on. @throws BonsaiError `folder-missing`, `nothing-to-read` */
export async function lookToRead(
  disk: MemoryParts['disk'],
  { folders, name, encodings }: ReadRepositoryParams,
  { signal, onProgress }: ReadHooks,
): Promise<Catalogue> {
  const onFile = (file: string, tokensTotal: number) => onProgress?.(listing(file, tokensTotal));
  const catalogue = await disk.look({ folders, name, encodings, signal, onFile });
  mustHaveFiles(catalogue);
  disk.adopt(catalogue);
  return catalogue;
}

/** What a memory of `position` tokens has of these files, to be gone on with. */
export function inUse(held: Held, position: number, catalogue: Catalogue): StartingPoint | undefined {
  return sameFolders(held, catalogue) ? { ...held, points: [position], saved: undefined } : undefined;
}

/** What has to be appended for a memory of `position` tokens to be true. @param again paths that are read although nothing changed */
export function newest(held: Held, position: number, { files }: Catalogue, again: readonly string[] = []): Update {
  return updateFrom(held.segments, position, inOrder(files, held.order), again);
}

/** A memory that leaves more than this share of the repository to read is not worth what is out of date in it. */
const worthKeeping = 0.9;

interface Beginning {
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
async function begin(
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

export interface StartRequest {
  catalogue: Catalogue;
  /** What the memory has of it now. */
  held: StartingPoint | undefined;
  /** Nothing that is held or saved is to be used. */
  again: boolean;
  work: Work;
  /** Gets a sentence for everything saved that could not be used. */
  notes: string[];
  /** Told before a saved state is loaded. */
  onRestoring: (update: Update) => void;
  /** Told before the model's layers are measured, which is done once. */
  onMeasuring: (update: Update) => void;
}

/** What is left to read, and what the memory holds before it. */
export interface ReadingStart {
  update: Update;
  held: Held;
}

/**
 * Brings the memory to what can be gone on with.
 * @param worth as `beginnings` takes it
 * @returns undefined when there is nothing; what the memory had is then as it was. @throws the signal's reason when stopped
 */
export async function goOn(
  { keeper, loaded }: Pick<MemoryParts, 'keeper' | 'loaded'>,
  { catalogue, held, work, notes, onRestoring }: Omit<StartRequest, 'again' | 'onMeasuring'>,
  worth?: number,
): Promise<ReadingStart | undefined> {
  const { name, folders } = catalogue;
  const { memory } = loaded.sequences;
  const problems: string[] = [];
  const options = beginnings(catalogue, held, await keeper.candidates(folders, problems), worth);
  const chosen = await begin(options, { keeper, folders, position: () => memory.position }, work, notes, onRestoring);
  if (!chosen) {
    // Where something else could be gone on with, it is enough that the log says it.
    notes.push(...problems);
    return undefined;
  }
  const { candidate, update } = chosen;
  const { order, fidelity } = candidate;
  return { update, held: { name, folders, segments: update.kept, order, complete: false, fidelity } };
}

/** @throws the signal's reason when stopped */
export async function startReading(
  parts: Pick<MemoryParts, 'keeper' | 'code' | 'loaded'>,
  { again, ...request }: StartRequest,
): Promise<ReadingStart> {
  const going = again ? undefined : await goOn(parts, request);
  if (going) return going;
  const { keeper, code, loaded } = parts;
  const { catalogue, work } = request;
  const { name, folders } = catalogue;
  const { memory } = loaded.sequences;
  const placed = await code.order(catalogue, work.signal);
  const order = placed.map(({ path }) => path);
  const update = updateFrom([], 0, inOrder(catalogue.files, order));
  if (loaded.shares?.measuresBefore(update.tokensToRead)) {
    request.onMeasuring(update);
    await measureLayers(loaded, loaded.shares, catalogue, request);
  }
  await work.session.unit(() => {
    memory.clear();
    shareAnew(loaded.shares, update.tokensToRead, request.notes);
  }, work.signal);
  await keeper.startAnew(folders, again);
  return {
    update,
    held: { name, folders, segments: [], order, complete: false, fidelity: undefined },
  };
}

/** What cannot be measured leaves the layers equal, with a word. @throws the signal's reason when stopped */
async function measureLayers(
  loaded: LoadedModel,
  shares: LayerShares,
  catalogue: Catalogue,
  { work, notes }: Pick<StartRequest, 'work' | 'notes'>,
): Promise<void> {
  try {
    const needs = await needsOfLayers(loaded, await repositoryToReplay(loaded, catalogue, work.signal), work);
    if (needs) shares.needing(needs);
  } catch (error) {
    work.signal?.throwIfAborted();
    notes.push(`The layers keep equal budgets; what they need could not be measured: ${messageOf(error)}`);
  }
}

/** A memory that is built from nothing gets the budgets that are known to be best by now; without room for them it does with those there are. */
function shareAnew(shares: LayerShares | undefined, tokens: number, notes: string[]): void {
  try {
    shares?.use(shares.forReading(tokens));
  } catch (error) {
    notes.push(messageOf(error));
  }
}
