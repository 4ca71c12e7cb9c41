/** Where a reading begins and what it has to read: after what is in use, after the best of what is saved, or from nothing. */
import type { ReadRepositoryParams } from '../../protocol';
import type { Work } from '../engine/sequence';
import { begin, beginnings } from './begin';
import { mustHaveFiles, type Catalogue } from './catalogue';
import { sameFolders, type Held } from './held';
import type { Candidate } from './keeper';
import type { MemoryParts, ReadHooks } from './parts';
import { listing } from './progress';
import { inOrder } from './stableOrder';
import { updateFrom, type Update } from './update';

/** The repository as it is now, which is the one in memory from here on. @throws BonsaiError `folder-missing`, `nothing-to-read` */
export async function lookToRead(
  disk: MemoryParts['disk'],
  { folders, name }: ReadRepositoryParams,
  { signal, onProgress }: ReadHooks,
): Promise<Catalogue> {
  const onFile = (file: string, tokensTotal: number) => onProgress?.(listing(file, tokensTotal));
  const catalogue = await disk.look({ folders, name, signal, onFile });
  mustHaveFiles(catalogue);
  disk.adopt(catalogue);
  return catalogue;
}

/** What a memory of `position` tokens has of these files, to be gone on with. */
export function inUse(held: Held, position: number, catalogue: Catalogue): Candidate | undefined {
  return sameFolders(held, catalogue) ? { ...held, points: [position], saved: undefined } : undefined;
}

/** What has to be appended for a memory of `position` tokens to be true. @param again paths that are read although nothing changed */
export function newest(held: Held, position: number, { files }: Catalogue, again: readonly string[] = []): Update {
  return updateFrom(held.segments, position, inOrder(files, held.order), again);
}

export interface StartRequest {
  catalogue: Catalogue;
  /** What the memory has of it now. */
  held: Candidate | undefined;
  /** Nothing that is held or saved is to be used. */
  again: boolean;
  work: Work;
  /** Gets a sentence for everything saved that could not be used. */
  notes: string[];
  /** Told before a saved state is loaded. */
  onRestoring: (update: Update) => void;
}

/** What is left to read, and what the memory holds before it. @throws the signal's reason when stopped */
export async function startReading(
  { keeper, code, loaded }: Pick<MemoryParts, 'keeper' | 'code' | 'loaded'>,
  { catalogue, held, again, work, notes, onRestoring }: StartRequest,
): Promise<{ update: Update; held: Held }> {
  const { name, folders } = catalogue;
  const { memory } = loaded.sequences;
  if (!again) {
    const options = beginnings(catalogue, held, await keeper.candidates(folders));
    const chosen = await begin(options, { keeper, folders, position: () => memory.position }, work, notes, onRestoring);
    if (chosen) {
      const { order, fidelity } = chosen.candidate;
      return { update: chosen.update, held: { name, folders, segments: chosen.update.kept, order, complete: false, fidelity } };
    }
  }
  const placed = await code.order(catalogue, work.signal);
  const order = placed.map(({ path }) => path);
  await work.session.unit(() => memory.clear(), work.signal);
  await keeper.startAnew(folders, again);
  return {
    update: updateFrom([], 0, inOrder(catalogue.files, order)),
    held: { name, folders, segments: [], order, complete: false, fidelity: undefined },
  };
}
