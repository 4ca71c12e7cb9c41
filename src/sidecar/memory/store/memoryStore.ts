/** All saved memories in one folder: which there are, who writes one, and how they go. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { DeletedSaved, SavedMemory } from '../../../protocol';
import { cacheFolder } from '../../../protocol/userFolders';
import { removeLeftovers } from './leftovers';
import { makePrivateFolder, replaceFile, whyNot, type Log } from '../../privateFiles';
import { removeUnused } from './removal';
import { openRememberedValues, type RememberedValues } from './rememberedValues';
import { keepWithinQuota, type Room } from './room';
import { openState, type SavedState } from './savedState';
import { digest, diskBytes, isStateOf, listStates, type MemoryKey, newStateId } from './stateFolders';
import { lockState } from './stateLock';
import { openWriter, type StateWriter } from './stateWriter';

export interface StoreOptions {
  folder: string;
  /** Of all memories together. */
  quotaBytes: number;
  log: Log;
}

/** What is known of a file's text under one model. */
const fact = z.object({
  tokens: z.optional(z.int().check(z.nonnegative())),
  /** Why the file is not read. */
  reason: z.optional(z.string()),
});
export type Fact = z.infer<typeof fact>;
/** By the hash of what is read of the file. */
export type FactsFile = RememberedValues<Fact>;

/** To begin a state that another process only looks after for a moment. */
const attempts = 8;
const mostFacts = 200_000;
const mostRates = 200;
/** Versions of files; about 6 bytes for each of their lines. */
const mostMarks = 4000;

/** What we keep in the folder of saved memories. */
export const ownFolders = ['states', 'facts', 'archive'] as const;

/** Of the rows of files, beside the saved memories; see archive.ts. @param folder of the saved memories */
export const archiveFolder = (folder: string): string => join(folder, 'archive');

export function defaultMemoryFolder(): string {
  return join(cacheFolder(), 'memory');
}

/** A folder that cannot be used gives a store that saves nothing and says why; what can still be read of it is read. */
export async function openMemoryStore({ folder, quotaBytes, log }: StoreOptions): Promise<MemoryStore> {
  const room: Room = { root: join(folder, 'states'), quotaBytes, log };
  const facts = join(folder, 'facts');
  let unusable: string | undefined;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const path of [room.root, facts]) await makePrivateFolder(path);
    await mustBeWritable(room.root);
    await keepFromGit(folder);
    for (const path of [room.root, facts]) await removeLeftovers(path, log);
    await keepWithinQuota(room);
  } catch (error) {
    unusable = `${folder} cannot be used for saved memories: ${whyNot(error)}. Nothing is saved until another folder is chosen, or this one can be written.`;
    log(unusable, 'warn');
  }
  return new MemoryStore(room, facts, unusable);
}

export class MemoryStore {
  private readonly writers = new Map<string, StateWriter>();
  private readonly factsFiles = new Map<string, Promise<FactsFile>>();
  private marksFile: Promise<RememberedValues<string>> | undefined;
  private ratesFile: Promise<RememberedValues<number>> | undefined;

  constructor(
    private readonly room: Room,
    private readonly factsFolder: string,
    /** Why nothing is saved, as a sentence for people. */
    readonly unusable: string | undefined,
  ) {}

  /**
   * All that is saved for the key, the most recently used first: one for every state of the repository, such as its branches.
   * @param problems gets a sentence for everything damaged among it, which is logged as well
   */
  async saved(key: MemoryKey, problems: string[] = []): Promise<SavedState[]> {
    return this.open((id) => isStateOf(id, key), problems);
  }

  /** For people to choose from, the most recently used first. */
  async list(): Promise<SavedMemory[]> {
    const states = await this.open(() => true);
    return states.map(({ id, manifest: { name, folders, model }, tokens, bytes, usedAt }) => ({
      id,
      name,
      folders,
      model,
      tokens,
      bytes,
      usedAt,
    }));
  }

  /**
   * A writer for a new state, or for going on with a saved one (that has been deleted meanwhile: for starting it over; look at
   * its `checkpoints`). Only one process writes a state; the others may read it, or write another one.
   *
   * @returns `reason`, a sentence, when there can be no writer
   */
  async begin(key: MemoryKey, id = newStateId(key)): Promise<{ writer: StateWriter } | { writer?: undefined; reason: string }> {
    if (this.unusable !== undefined) return { reason: this.unusable };
    if (!isStateOf(id, key)) return { reason: `The saved memory ${id} belongs to another model, engine or folder.` };
    const path = join(this.room.root, id);
    try {
      const lock = await lockState(path, attempts);
      if (!lock) return { reason: 'Another window is saving this memory.' };
      try {
        const writer = await openWriter(this.room, id, lock);
        this.writers.set(id, writer);
        return { writer };
      } catch (error) {
        await lock.release();
        throw error;
      }
    } catch (error) {
      return { reason: `The memory cannot be saved in ${path}: ${whyNot(error)}.` };
    }
  }

  /**
   * Deletes memories, those too that are of no use any more and not listed. One that another process writes stays; one that is
   * written here starts over.
   *
   * @param ids absent: all
   * @returns how many have gone, and what that freed
   */
  async delete(ids?: readonly string[]): Promise<DeletedSaved> {
    const states = await listStates(this.room.root);
    const chosen = states.filter(({ id }) => ids?.includes(id) ?? true);
    let memories = 0;
    for (const state of chosen) {
      const writer = this.writers.get(state.id);
      const gone = writer && !writer.isClosed ? await writer.clear() : await removeUnused(state, this.room.log);
      if (gone) memories++;
      else this.room.log(`The saved memory in ${state.path} was not deleted: another window writes it.`, 'warn');
    }
    return { memories, bytes: Math.max(0, diskBytes(states) - diskBytes(await listStates(this.room.root))) };
  }

  /** @param model fingerprint of the model file */
  facts(model: string): Promise<FactsFile> {
    const path = join(this.factsFolder, digest(model));
    const opened = this.factsFiles.get(path) ?? openRememberedValues({ path, value: fact, most: mostFacts, log: this.room.log });
    this.factsFiles.set(path, opened);
    return opened;
  }

  /** What the lines of versions of files were, by hash. */
  marks(): Promise<RememberedValues<string>> {
    this.marksFile ??= openRememberedValues({
      path: join(this.factsFolder, 'lines'),
      value: z.string(),
      most: mostMarks,
      log: this.room.log,
    });
    return this.marksFile;
  }

  /** Tokens per second, as last measured. */
  async rate({ model, engine }: Pick<MemoryKey, 'model' | 'engine'>): Promise<number | undefined> {
    return (await this.rates()).get(digest([model, engine]));
  }

  async setRate({ model, engine }: Pick<MemoryKey, 'model' | 'engine'>, tokensPerSecond: number): Promise<void> {
    const rates = await this.rates();
    rates.set(digest([model, engine]), tokensPerSecond);
    await rates.save();
  }

  /** Ends all writing. What was not saved by then goes. */
  async close(): Promise<void> {
    await Promise.all([...this.writers.values()].map((writer) => writer.close()));
    this.writers.clear();
  }

  private async open(isWanted: (id: string) => boolean, problems: string[] = []): Promise<SavedState[]> {
    const log: Log = (text, level) => {
      problems.push(text);
      this.room.log(text, level);
    };
    const folders = (await listStates(this.room.root)).filter(({ id }) => isWanted(id));
    const states = await Promise.all(folders.map((folder) => openState(this.room.root, folder, log)));
    return states.filter((state) => state !== undefined);
  }

  private rates(): Promise<RememberedValues<number>> {
    this.ratesFile ??= openRememberedValues({
      path: join(this.factsFolder, 'rates'),
      value: z.number().check(z.positive()),
      most: mostRates,
      log: this.room.log,
    });
    return this.ratesFile;
  }
}

/** In a repository, a saved memory is neither read as a part of it nor committed. A folder with other things in it is the person's. */
async function keepFromGit(folder: string): Promise<void> {
  const ours = new Set<string>(ownFolders);
  if ((await readdir(folder)).every((name) => ours.has(name))) await replaceFile(join(folder, '.gitignore'), '*\n');
}

/** The permission bits do not tell: a disk may be read-only, or full. */
async function mustBeWritable(folder: string): Promise<void> {
  const probe = join(folder, 'probe');
  await replaceFile(probe, 'written to see whether this folder can be written\n');
  await rm(probe);
}
